#pragma once
// Places of a document brought into one form before anything is compared. Pure.
//
// round(n)   a number, also one in a string, to n decimals (n < 0: tens, hundreds), half away from
//            zero, by its decimal digits
// trim       a string without white space at its ends
// lowercase  a string in small letters
// sort       an array in one order: by type, numbers by value, the rest by their text
// set        the same, and each value once
// date       a string that is a date and time with a zone (RFC 3339, or as in HTTP): in UTC,
// without
//            a fraction of zeros
//
// A value of another type stays as it is. Several steps are joined by `|`: "trim | lowercase".

#include <stddef.h>

#include "bridge/base/cleanup.h"

struct json_object;
struct problem;

enum { NORMALIZE_E_SYNTAX = 1 };

// Rules in the order they were added; immutable afterwards, any thread. NULL: no rules.
struct normalize;
int normalize_new(struct normalize **ret) MUST_CHECK;
struct normalize *normalize_free(struct normalize *normalize);
DEFINE_CLEANUP(normalize)
// path: a pattern. 0, NORMALIZE_E_SYNTAX, -ENOMEM.
int normalize_add(struct normalize *normalize, const char *path, const char *steps,
                  struct problem **reterr) MUST_CHECK;

// *ret is owned, and `value` itself when it has that form already. 0 or -ENOMEM.
int normalize_apply(const struct normalize *normalize, struct json_object *value,
                    struct json_object **ret) MUST_CHECK;
