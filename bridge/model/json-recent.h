#pragma once
// The short strings of a text that is being read: one that stands again is the same string in the
// tree. Answers are full of them ("open", "EUR", the name of a user), and a string of a tree is
// never changed in place. For the json files only.

#include <stddef.h>

struct json_object;
struct json_raw;

#define RECENT_MAX     128 // a power of 2
#define RECENT_MAX_LEN 23

struct recent {
    struct recent_string {
        const char *text; // as written; borrowed from the text that is read
        size_t len;
        struct json_object *value; // owned
    } strings[RECENT_MAX];
};

void recent_deinit(struct recent *recent);
// The place of a string, where it is (`value`, borrowed) or may be kept by recent_put; NULL: too
// long to be looked for.
struct recent_string *recent_place(struct recent *recent, const struct json_raw *raw);
void recent_put(struct recent_string *place, const struct json_raw *raw, struct json_object *value);
