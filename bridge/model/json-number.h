#pragma once
// Numbers by their decimal value, at any length, without rounding. For the json files and diff
// only.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/base/buf.h"
#include "bridge/base/hash.h"

struct json_object;

// A number whose exponent has more digits, as written or in the form d.ddd, is refused by the
// reader: sums of it could overflow.
#define NUMBER_EXPONENT_DIGITS 18

// value = 0.DIGITS * 10^point, where DIGITS is `whole` then `part` and neither begins nor ends with
// a zero. Zero has no digits and no sign. Points into the number's text or into `own`: do not copy.
struct number {
    bool negative;
    bool exponent_too_long; // the only fault of a text that was refused
    const char *whole;
    size_t whole_n;
    const char *part;
    size_t part_n;
    int64_t point;
    char own[32];
};

// Reads a JSON number's text; false when it is not one (or its exponent is out of bounds).
bool number_parse(struct number *ret, const char *text, size_t len);
// The number in a tree; false when the value is no number (NaN and infinity are none either).
bool number_get(struct number *ret, struct json_object *value);
// May it stand in a number's text?
bool number_is_char(char c);
// An integer of few digits, as most numbers are, at the head of a text: what follows it, or NULL
// when something else or something longer stands there.
const char *number_scan_short(const char *text, const char *end, int64_t *ret);
bool number_eq(const struct number *a, const struct number *b);
// Below, at or above 0 as a is smaller than, equal to or larger than b.
int number_compare(const struct number *a, const struct number *b);
struct hash128 number_hash(const struct number *number);
// The one form of the value: plain digits where that is short, else d.ddde±x.
int number_write_canonical(struct buf *buf, const struct number *number) MUST_CHECK;

// The text a number in a tree is printed as: the original where it is kept. Borrowed from the tree
// or from `own`; NULL when the value has none (NaN, infinity).
const char *number_text(struct json_object *value, char own[32]);
