// Which numbers of a document a double does not hold, and their stand-ins.

#include <errno.h>
#include <math.h>
#include <string.h>

#include <json-c/json.h>

#include "bridge/base/buf.h"
#include "bridge/expr/convert.h"
#include "bridge/expr/number.h"
#include "bridge/model/json.h"

static int append(struct inexact_numbers *numbers, struct json_object *value)
{
    if (numbers->n == numbers->cap) {
        size_t cap = numbers->cap == 0 ? 16 : numbers->cap * 2;
        struct inexact_number *v = reallocarray(numbers->v, cap, sizeof(*v));
        if (v == NULL) {
            return -ENOMEM;
        }
        numbers->v = v;
        numbers->cap = cap;
    }
    AUTO_BUF struct buf text = { 0 };
    int r = json_write_canonical(&text, value);
    if (r != 0) {
        return r;
    }
    numbers->v[numbers->n++] = (struct inexact_number){
        .value = value,
        .nearest = number_nearest(value),
        .text = buf_take(&text).data,
    };
    return 0;
}

static int collect(struct inexact_numbers *numbers, struct json_object *value)
{
    int r = 0;
    switch (json_object_get_type(value)) {
    case json_type_null:
    case json_type_boolean:
    case json_type_string: return 0;
    case json_type_int:
    case json_type_double: return number_is_exact(value) ? 0 : append(numbers, value);
    case json_type_array:
        for (size_t i = 0; i < json_object_array_length(value) && r == 0; i++) {
            r = collect(numbers, json_object_array_get_idx(value, i));
        }
        return r;
    case json_type_object: break;
    }
    json_object_object_foreach(value, name, member)
    {
        (void)name;
        r = collect(numbers, member);
        if (r != 0) {
            break;
        }
    }
    return r;
}

static int by_nearest(const void *left, const void *right)
{
    const struct inexact_number *a = left;
    const struct inexact_number *b = right;
    if (a->nearest < b->nearest || a->nearest > b->nearest) {
        return a->nearest < b->nearest ? -1 : 1;
    }
    return strcmp(a->text, b->text);
}

// One entry per value: equal numbers must stay equal to the program.
static void drop_doubles(struct inexact_numbers *numbers)
{
    size_t kept = 0;
    for (size_t i = 0; i < numbers->n; i++) {
        if (kept > 0 && strcmp(numbers->v[kept - 1].text, numbers->v[i].text) == 0) {
            free(numbers->v[i].text);
        } else {
            numbers->v[kept++] = numbers->v[i];
        }
    }
    numbers->n = kept;
}

int inexact_numbers_find(struct inexact_numbers *ret, struct json_object *input)
{
    int r = collect(ret, input);
    if (r != 0 || ret->n == 0) {
        return r;
    }
    qsort(ret->v, ret->n, sizeof(*ret->v), by_nearest);
    drop_doubles(ret);
    double last = -INFINITY;
    for (size_t i = 0; i < ret->n; i++) {
        // Above its own nearest double and above every stand-in before it: none is used twice.
        last = nextafter(fmax(last, ret->v[i].nearest), INFINITY);
        ret->v[i].stand_in = last;
    }
    return 0;
}

int inexact_numbers_stand_in(const struct inexact_numbers *numbers, struct json_object *value,
                             double *ret)
{
    AUTO_BUF struct buf text = { 0 };
    int r = json_write_canonical(&text, value);
    if (r != 0) {
        return r;
    }
    const struct inexact_number key = { .nearest = number_nearest(value), .text = text.data };
    const struct inexact_number *found =
        bsearch(&key, numbers->v, numbers->n, sizeof(*numbers->v), by_nearest);
    *ret = found == NULL ? key.nearest : found->stand_in;
    return 0;
}

struct json_object *inexact_numbers_original(const struct inexact_numbers *numbers, double nearest,
                                             double stand_in)
{
    size_t low = 0;
    size_t high = numbers->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (numbers->v[middle].stand_in < stand_in) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == numbers->n || numbers->v[low].stand_in > stand_in ||
        numbers->v[low].nearest < nearest || numbers->v[low].nearest > nearest) {
        return NULL;
    }
    return numbers->v[low].value;
}

void inexact_numbers_deinit(struct inexact_numbers *numbers)
{
    for (size_t i = 0; i < numbers->n; i++) {
        free(numbers->v[i].text);
    }
    free(numbers->v);
    *numbers = (struct inexact_numbers){ 0 };
}
