#pragma once
// json-c trees to libjq values and back without losing a digit.
//
// libjq 1.6 holds numbers as doubles. A number of the input that does not come back the same from
// a double is "inexact". When an input has such numbers the program runs twice: once with their
// nearest doubles, once with a different double for each (its stand-in). Where both answers have
// the same value, the number did not matter; where one has a nearest double and the other the
// stand-in of the same number, the number was passed through and its digits are put back; any other
// difference means the answer was computed from a rounded number, and it is refused.

#include <stdbool.h>
#include <stddef.h>

#include <jv.h>

#include "bridge/base/cleanup.h"

struct json_object;
struct problem;

enum {
    CONVERT_E_INEXACT = 1, // the answer depends on digits that a double does not hold
    CONVERT_E_LIMIT,       // too deep, too large, or not expressible in JSON
};

struct inexact_number {
    struct json_object *value; // borrowed from the input
    char *text;                // canonical
    double nearest;
    double stand_in;
};

// Sorted by nearest; stand-ins are all different and in the same order.
struct inexact_numbers {
    struct inexact_number *v;
    size_t n;
    size_t cap;
};

int inexact_numbers_find(struct inexact_numbers *ret, struct json_object *input) MUST_CHECK;
void inexact_numbers_deinit(struct inexact_numbers *numbers);
// The stand-in of one of them. 0 or -ENOMEM.
int inexact_numbers_stand_in(const struct inexact_numbers *numbers, struct json_object *value,
                             double *ret) MUST_CHECK;
// The number that two answers gave as its nearest double and as its stand-in; NULL when they did
// not. Borrowed.
struct json_object *inexact_numbers_original(const struct inexact_numbers *numbers, double nearest,
                                             double stand_in);

// numbers is NULL for the nearest doubles, else their stand-ins are used. jv out of memory aborts
// inside libjq.
int convert_to_jv(jv *ret, struct json_object *input,
                  const struct inexact_numbers *stand_ins) MUST_CHECK;

// `other` is the second run's answer; NULL when there was one run. Both are borrowed.
int convert_from_jv(struct json_object **ret, jv value, const jv *other,
                    const struct inexact_numbers *numbers, struct problem **reterr) MUST_CHECK;
