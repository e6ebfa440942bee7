#include "bridge/model/json-number.h"

#include <inttypes.h>
#include <json-c/json_object.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const int64_t exponent_max = INT64_C(999999999999999999); // NUMBER_EXPONENT_DIGITS nines

static size_t count_digits(const char *at, const char *end)
{
    const char *from = at;
    while (at < end && *at >= '0' && *at <= '9') {
        at++;
    }
    return (size_t)(at - from);
}

static bool read_exponent(const char *at, const char *end, int64_t *ret, bool *ret_too_long)
{
    bool negative = at < end && *at == '-';
    if (at < end && (*at == '-' || *at == '+')) {
        at++;
    }
    if (at == end || count_digits(at, end) != (size_t)(end - at)) {
        return false;
    }
    while (at < end && *at == '0') {
        at++;
    }
    if (end - at > NUMBER_EXPONENT_DIGITS) {
        *ret_too_long = true;
        return false;
    }
    int64_t value = 0;
    for (; at < end; at++) {
        value = value * 10 + (*at - '0');
    }
    *ret = negative ? -value : value;
    return true;
}

// Drops the zeros that do not count, so that one value has one sequence of digits.
static void normalise(struct number *number, int64_t exponent)
{
    while (number->whole_n > 0 && *number->whole == '0') {
        number->whole++;
        number->whole_n--;
    }
    number->point = exponent + (int64_t)number->whole_n;
    while (number->whole_n == 0 && number->part_n > 0 && *number->part == '0') {
        number->part++;
        number->part_n--;
        number->point--;
    }
    while (number->part_n > 0 && number->part[number->part_n - 1] == '0') {
        number->part_n--;
    }
    while (number->part_n == 0 && number->whole_n > 0 &&
           number->whole[number->whole_n - 1] == '0') {
        number->whole_n--;
    }
    if (number->whole_n + number->part_n == 0) {
        number->negative = false;
        number->point = 0;
    }
}

bool number_parse(struct number *ret, const char *text, size_t len)
{
    const char *at = text;
    const char *end = text + len;
    ret->negative = at < end && *at == '-';
    ret->exponent_too_long = false;
    if (ret->negative) {
        at++;
    }
    ret->whole = at;
    ret->whole_n = count_digits(at, end);
    if (ret->whole_n == 0 || (ret->whole_n > 1 && *at == '0')) {
        return false;
    }
    at += ret->whole_n;
    ret->part = at;
    ret->part_n = 0;
    if (at < end && *at == '.') {
        ret->part = at + 1;
        ret->part_n = count_digits(at + 1, end);
        if (ret->part_n == 0) {
            return false;
        }
        at += 1 + ret->part_n;
    }
    int64_t exponent = 0;
    if (at < end && (*at == 'e' || *at == 'E')) {
        if (!read_exponent(at + 1, end, &exponent, &ret->exponent_too_long)) {
            return false;
        }
        at = end;
    }
    normalise(ret, exponent);
    // What is read is also written, with the exponent of the form d.ddd.
    ret->exponent_too_long = at == end && llabs(ret->point - 1) > exponent_max;
    return at == end && !ret->exponent_too_long;
}

bool number_is_char(char c)
{
    return (c >= '0' && c <= '9') || c == '.' || c == 'e' || c == 'E' || c == '+' || c == '-';
}

const char *number_scan_short(const char *text, const char *end, int64_t *ret)
{
    enum { DIGITS_MAX = 18 }; // fit any int64
    bool negative = text < end && *text == '-';
    const char *start = negative ? text + 1 : text;
    const char *at = start;
    int64_t number = 0;
    while (at < end && at - start < DIGITS_MAX && *at >= '0' && *at <= '9') {
        number = number * 10 + (*at - '0');
        at++;
    }
    // A zero may only stand alone, and not behind a sign, which would be lost.
    bool plain = at > start && (*start != '0' || (at == start + 1 && !negative));
    if (!plain || (at < end && number_is_char(*at))) {
        return NULL;
    }
    *ret = negative ? -number : number;
    return at;
}

static void format_double(double value, char own[32])
{
    // The fewest digits that read back as the same number.
    for (int digits = 15; digits <= 17; digits++) {
        (void)snprintf(own, 32, "%.*g", digits, value);
        if (strtod(own, NULL) == value) {
            return;
        }
    }
}

static const char *format_int(struct json_object *value, char own[32])
{
    int64_t number = json_object_get_int64(value);
    // json-c answers the nearest int64 for a larger uint64, and 0 for a negative number as uint64.
    bool large = number == INT64_MAX;
    uint64_t rest = large        ? json_object_get_uint64(value)
                    : number < 0 ? -(uint64_t)number
                                 : (uint64_t)number;
    char *at = own + 31;
    *at = '\0';
    do {
        *--at = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (number < 0) {
        *--at = '-';
    }
    return at;
}

const char *number_text(struct json_object *value, char own[32])
{
    if (json_object_is_type(value, json_type_int)) {
        return format_int(value, own);
    }
    // json_object_new_double_s keeps the text as user data; other user data (a printf format) may
    // stand there in a tree that is not ours.
    const char *kept = json_object_get_userdata(value);
    struct number number;
    if (kept && number_parse(&number, kept, strlen(kept))) {
        return kept;
    }
    double number_value = json_object_get_double(value);
    if (!isfinite(number_value)) {
        return NULL;
    }
    format_double(number_value, own);
    return own;
}

bool number_get(struct number *ret, struct json_object *value)
{
    if (!json_object_is_type(value, json_type_int) &&
        !json_object_is_type(value, json_type_double)) {
        return false;
    }
    const char *text = number_text(value, ret->own);
    return text && number_parse(ret, text, strlen(text));
}

static char digit_at(const struct number *number, size_t i)
{
    return i < number->whole_n ? number->whole[i] : number->part[i - number->whole_n];
}

bool number_eq(const struct number *a, const struct number *b)
{
    size_t n = a->whole_n + a->part_n;
    if (a->negative != b->negative || a->point != b->point || n != b->whole_n + b->part_n) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (digit_at(a, i) != digit_at(b, i)) {
            return false;
        }
    }
    return true;
}

static int sign_of(const struct number *number)
{
    return number->whole_n + number->part_n == 0 ? 0 : number->negative ? -1 : 1;
}

int number_compare(const struct number *a, const struct number *b)
{
    int sign = sign_of(a);
    if (sign != sign_of(b) || sign == 0) {
        return sign - sign_of(b);
    }
    if (a->point != b->point) {
        return a->point < b->point ? -sign : sign;
    }
    size_t a_n = a->whole_n + a->part_n;
    size_t b_n = b->whole_n + b->part_n;
    for (size_t i = 0; i < a_n && i < b_n; i++) {
        if (digit_at(a, i) != digit_at(b, i)) {
            return digit_at(a, i) < digit_at(b, i) ? -sign : sign;
        }
    }
    return a_n == b_n ? 0 : a_n < b_n ? -sign : sign;
}

// The digits pass through a block of fixed size, so that where a number's text had its point does
// not show and nothing is allocated.
struct hash128 number_hash(const struct number *number)
{
    char block[64];
    struct hash128 hash = { 0 };
    size_t n = number->whole_n + number->part_n;
    size_t fill = sizeof(number->point);
    memcpy(block, &number->point, sizeof(number->point));
    block[fill++] = number->negative ? '-' : '+';
    for (size_t i = 0; i < n; i++) {
        if (fill == sizeof(block)) {
            hash = hash128_mix(hash, hash128_of(block, fill));
            fill = 0;
        }
        block[fill++] = digit_at(number, i);
    }
    return hash128_mix(hash, hash128_of(block, fill));
}

static int append_digits(struct buf *buf, const struct number *number, size_t from, size_t to)
{
    int error = buf_reserve(buf, to - from);
    for (size_t i = from; !error && i < to; i++) {
        error = buf_append_char(buf, digit_at(number, i));
    }
    return error;
}

static int append_zeros(struct buf *buf, int64_t n)
{
    int error = 0;
    for (int64_t i = 0; !error && i < n; i++) {
        error = buf_append_char(buf, '0');
    }
    return error;
}

static int append_with_exponent(struct buf *buf, const struct number *number, size_t n)
{
    int error = append_digits(buf, number, 0, 1);
    if (!error && n > 1) {
        error = buf_append_char(buf, '.');
    }
    if (!error) {
        error = append_digits(buf, number, 1, n);
    }
    return error ? error : buf_printf(buf, "e%" PRId64, number->point - 1);
}

int number_write_canonical(struct buf *buf, const struct number *number)
{
    const size_t n = number->whole_n + number->part_n;
    const int64_t point = number->point;
    if (n == 0) {
        return buf_append_char(buf, '0');
    }
    int error = number->negative ? buf_append_char(buf, '-') : 0;
    if (error) {
        return error;
    }
    if (point > 21 || point < -5) {
        return append_with_exponent(buf, number, n);
    }
    if (point <= 0) { // 0.000ddd
        error = buf_append_str(buf, "0.");
        if (!error) {
            error = append_zeros(buf, -point);
        }
        return error ? error : append_digits(buf, number, 0, n);
    }
    size_t before = (size_t)point < n ? (size_t)point : n;
    error = append_digits(buf, number, 0, before);
    if (!error) {
        error = append_zeros(buf, point - (int64_t)before);
    }
    if (!error && before < n) {
        error = buf_append_char(buf, '.');
    }
    return error ? error : append_digits(buf, number, before, n);
}
