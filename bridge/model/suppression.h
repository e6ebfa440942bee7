#pragma once
// A change that was seen and not told: by which rule, and why.

#include <stddef.h>
#include <stdint.h>

#include "bridge/base/cleanup.h"

enum suppression_rule {
    SUPPRESSED_AS_NOISE, // the body is another one, the document within the rules is not
    SUPPRESSED_BY_GUARD,
    SUPPRESSED_BY_DEADBAND,
    SUPPRESSED_BY_WHEN,
    SUPPRESSED_BY_REMEMBER_STATES,
    SUPPRESSED_BY_ABSENT_FOR,
    SUPPRESSED_BY_CONFIRM,
    SUPPRESSED_BY_MIN_EVENT_INTERVAL,
    SUPPRESSED_BY_COOLDOWN,
    SUPPRESSION_RULES, // how many
};
const char *suppression_rule_name(enum suppression_rule rule); // "noise", "guard", "deadband", …

struct suppression {
    enum suppression_rule rule;
    char *key;     // canonical JSON text of the item's key; NULL for a document
    char *reason;  // for people
    char *changes; // JSON text of diff_changes; NULL where it is too long to keep
    int64_t at_ms; // wall time it was seen
};
void suppression_deinit(struct suppression *suppression);

// Those of one poll: all are counted, the first ones are kept.
#define SUPPRESSIONS_KEPT          20
#define SUPPRESSION_CHANGES_LENGTH ((size_t)8192)
struct suppression_list {
    struct suppression *v;
    size_t n;
    uint64_t counts[SUPPRESSION_RULES];
};
void suppression_list_deinit(struct suppression_list *list);
// Moves what `from` keeps to the end of `to`, as far as there is room.
int suppression_list_move(struct suppression_list *to, struct suppression_list *from) MUST_CHECK;
// Consumes `take`, also on failure. 0 or -ENOMEM.
int suppression_list_add(struct suppression_list *list, struct suppression *take) MUST_CHECK;

// The latest change of an item (or document) that a rule suppressed.
struct suppression_row { // borrowed for the call
    const char *rule;
    const char *key;     // canonical JSON text; NULL of a document
    const char *reason;  // for people
    const char *changes; // JSON text of the latest; NULL: not kept
    int64_t times;
    int64_t first_at_ms;
    int64_t last_at_ms;
};
typedef void (*suppression_row_fn)(const struct suppression_row *row, void *userdata);
