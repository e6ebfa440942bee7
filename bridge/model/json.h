#pragma once
// JSON text to json-c trees and back, exactly (RFC 8259, I-JSON where it is silent).
//
// The reader is ours because json-c's loses what we promise to keep: it takes the last of two
// members with one name, and rounds integers above 2^64. Trees are ordinary json-c trees:
//  - integers that fit int64/uint64 are json_type_int; every other number is json_type_double that
//    carries its original text (json_object_new_double_s), so printing gives the text back;
//  - strings keep embedded NULs; a lone surrogate escape becomes U+FFFD. A short one that stands
//    again may be the same node, so a string of a tree is replaced, never changed in place.
// json-c reference counts are not atomic: a tree belongs to one thread. Bytes cross threads.

#include <stdbool.h>
#include <stddef.h>

#include "bridge/base/buf.h"
#include "bridge/base/cleanup.h"
#include "bridge/base/hash.h"

struct json_object;
struct problem;

#define JSON_DEPTH_MAX 64

enum {
    JSON_E_SYNTAX = 1, // broken text, invalid UTF-8, NaN, trailing bytes, empty input; also a
                       // member name with U+0000, which json-c's trees cannot hold
    JSON_E_DUPLICATE,  // a member name twice in one object
    JSON_E_LIMIT,      // deeper than the limit; an exponent of more than 18 digits
};

struct json_limits {
    unsigned depth; // 0: JSON_DEPTH_MAX
    // Another document: what stands at the same place in it and is written in the same way is
    // shared with it instead of made anew. Of two answers of one API the second then costs little
    // time and hardly any memory, and comparing them stops where they share. NULL: none.
    struct json_object *like;
};

// A leading UTF-8 BOM is skipped. JSON `null` gives *ret = NULL with result 0, as json-c means it.
// The problem names line, column and the path of the place (".items[3].id").
int json_read(struct json_object **ret, const char *text, size_t len,
              const struct json_limits *limits, struct problem **reterr) MUST_CHECK;

// Compact text, member order kept, `/` not escaped, non-ASCII as is. NaN and infinity, which JSON
// does not know, become null. 0, -ENOMEM, -EMSGSIZE; on failure the buffer is as before.
int json_write(struct buf *buf, struct json_object *value) MUST_CHECK;
// Indented by two spaces, for people.
int json_write_pretty(struct buf *buf, struct json_object *value) MUST_CHECK;
// Appends `text` as a JSON string with its quotes; invalid UTF-8 becomes U+FFFD.
int json_write_string(struct buf *buf, const char *text, size_t len) MUST_CHECK;
// Canonical text: members sorted by bytes, numbers in one form per decimal value. Two values are
// equal exactly when their canonical texts are.
int json_write_canonical(struct buf *buf, struct json_object *value) MUST_CHECK;

// Equality by meaning: member order never counts; numbers by decimal value (1 == 1.0 == 1e0,
// 0 == -0), at any length; strings by bytes.
bool json_equal(struct json_object *a, struct json_object *b);
// As jq sees it: anything but false and null.
bool json_is_true(struct json_object *value);
// Equal values have equal fingerprints.
struct hash128 json_fingerprint(struct json_object *value);

static inline void json_objectp(struct json_object **value)
{
    int json_object_put(struct json_object * obj);
    (void)json_object_put(*value);
}
#define AUTO_JSON CLEANUP(json_objectp)
