#pragma once
// Option tables: the one description of every YAML key. The binder sets structs from them,
// reference.md and schema.json are printed from them, and settings are freed by them.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/base/cleanup.h"

enum option_type {
    OPTION_BOOL,      // bool
    OPTION_INT,       // int64_t within least..most
    OPTION_DURATION,  // int64_t ms within least..most
    OPTION_SIZE,      // uint64_t bytes within least..most
    OPTION_PERCENT,   // double, 0..1; written "50%"
    OPTION_ENUM,      // int: index into names
    OPTION_STRING,    // char *
    OPTION_URL,       // char *; absolute http(s) URL; user info refused (use auth)
    OPTION_FILE,      // char *; path, relative ones are relative to the configuration file
    OPTION_SECRET,    // struct secret; also as KEY_file; never printed
    OPTION_STRINGS,   // struct string_list; one string is a list of one
    OPTION_PAIRS,     // struct headers; mapping of name to scalar, order kept
    OPTION_TEMPLATE,  // struct template *: text with {{ .path }} places
    OPTION_TEMPLATES, // struct template_pairs; mapping of name to text with {{ .path }} places
    OPTION_FILTER,    // struct filter *
    OPTION_JSON,      // char *: any YAML value as compact JSON text
    OPTION_EXPR,      // struct expr *
    OPTION_EXPRS,     // struct expr_list; one expression is a list of one
    OPTION_PATTERNS,  // struct patterns *
    OPTION_NORMALIZE, // struct normalize *; mapping of patterns to steps
    OPTION_DEADBAND,  // struct deadband *; mapping of patterns to widths
    OPTION_STATUSES,  // struct status_set: 200, "2xx", "200-299"
    OPTION_DURATIONS, // struct duration_list
    OPTION_CRON,      // struct cron
    OPTION_ZONE,      // struct time_zone *, a reference; written as its IANA name
    OPTION_WINDOWS,   // struct window_list; a list of mappings, whose keys `table` describes
    OPTION_TABLE,     // an embedded struct described by `table`
    OPTION_AUTH,      // char *: the name of an auth, or an auth's mapping (named by the binder)
};

enum option_flags {
    OPTION_REQUIRED = 1 << 0,
    OPTION_RULES = 1 << 1,        // part of the identity of a source's rules (see settings.h)
    OPTION_REQUEST = 1 << 2,      // part of the identity of a source's request
    OPTION_HIDDEN_VALUE = 1 << 3, // may hold secrets although it is no OPTION_SECRET (login json)
    // The pairs or templates are HTTP fields: names are tokens, no line ends.
    OPTION_FIELDS = 1 << 4,
    OPTION_NOISE = 1 << 5,      // as OPTION_RULES, but it does not decide what the document is
    OPTION_FILE_ONLY = 1 << 6,  // not for sinks that come through the API (also: files, jq)
    OPTION_OR_AUTO = 1 << 7,    // the word `auto` alone stands for an empty list
    OPTION_PLACES = 1 << 8,     // may hold {{ member }} places where the source has `for_each`
    OPTION_LIST_ALONE = 1 << 9, // OPTION_TABLE: a list in its place is its first option
};

struct option_table;

struct option {
    const char *key;
    enum option_type type;
    size_t offset;
    unsigned flags;
    // Default as YAML scalar text, read like a value of the file (so `${VAR}` and relative paths
    // work, and a list of durations or statuses is written with spaces); NULL: absent (zero, NULL).
    const char *preset;
    int64_t least, most;              // numbers only; both 0: no bounds
    const char *const *names;         // OPTION_ENUM: NULL-terminated
    const struct option_table *table; // OPTION_TABLE, OPTION_WINDOWS
    const char *doc;                  // one or two sentences for reference.md and the schema
    const char *example;              // a value as one line of YAML ("[.id, .name]"); may be NULL
};

struct option_table {
    const char *name; // "source", "source http", "guard", …
    const char *doc;
    const struct option *options;
    size_t n;
    size_t size; // of the struct
};

#define OPTION_TABLE_OF(struct_type, options_array)                                                \
    .options = (options_array), .n = ARRAY_LEN(options_array), .size = sizeof(struct_type)

struct expr;
struct template;

struct expr_list {
    struct expr **v;
    size_t n;
};
struct template_pair {
    char *name;
    struct template *value;
};
struct template_pairs {
    struct template_pair *v;
    size_t n;
};
struct status_range {
    int first, last;
};
struct status_set {
    struct status_range *v;
    size_t n;
};
struct duration_list {
    int64_t *v_ms;
    size_t n;
};

bool status_set_has(const struct status_set *set, int status);

// Frees everything the members of a struct own, by its table, and zeroes the struct.
void option_table_deinit(const struct option_table *table, void *object);
// The option of that key; NULL when there is none.
const struct option *option_table_find(const struct option_table *table, const char *key);
