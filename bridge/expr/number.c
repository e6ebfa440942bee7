#include <ctype.h>
#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "bridge/expr/number.h"
#include "bridge/model/json.h"

#define LARGEST_USED 1e308 // has neighbours that are finite
#define EXACT_MAX    ((int64_t)1 << 53)

double number_nearest(struct json_object *value)
{
    double number = json_object_get_double(value);
    return fmax(-LARGEST_USED, fmin(LARGEST_USED, number));
}

static struct json_object *shortest(double number)
{
    char text[40];
    for (int digits = DBL_DIG; digits <= DBL_DECIMAL_DIG; digits++) {
        (void)snprintf(text, sizeof(text), "%.*g", digits, number);
        double back = strtod(text, NULL);
        if (!(back < number) && !(back > number)) {
            break;
        }
    }
    return json_object_new_double_s(number, text);
}

int number_from_double(struct json_object **ret, double number)
{
    if (isnan(number)) {
        *ret = NULL;
        return 0;
    }
    number = fmax(-DBL_MAX, fmin(DBL_MAX, number));
    bool is_integer = number >= -0x1p63 && number < 0x1p63 && !(floor(number) < number);
    struct json_object *value =
        is_integer ? json_object_new_int64((int64_t)number) : shortest(number);
    if (value == NULL) {
        return -ENOMEM;
    }
    *ret = value;
    return 0;
}

// Up to 15 digits in the ordinary range always survive a double.
static bool is_short(const char *text)
{
    size_t digits = 0;
    size_t i = 0;
    for (; text[i] != '\0' && text[i] != 'e' && text[i] != 'E'; i++) {
        if (isdigit((unsigned char)text[i]) && (digits > 0 || text[i] != '0')) {
            digits++;
        }
    }
    long exponent = text[i] == '\0' ? 0 : strtol(text + i + 1, NULL, 10);
    return digits <= DBL_DIG && i <= 32 && exponent > -250 && exponent < 250;
}

bool number_is_exact(struct json_object *value)
{
    if (json_object_is_type(value, json_type_int)) {
        int64_t integer = json_object_get_int64(value);
        if (integer >= -EXACT_MAX && integer <= EXACT_MAX) {
            return true;
        }
    } else {
        const char *text = json_object_get_userdata(value);
        if (text != NULL && is_short(text)) {
            return true;
        }
    }
    AUTO_JSON struct json_object *back = NULL;
    return number_from_double(&back, number_nearest(value)) == 0 && json_equal(back, value);
}
