#pragma once
// Whether a change is told, by the rules of its source, and what a suppressed one leaves behind.
// Pure.

#include "bridge/base/cleanup.h"
#include "bridge/diff/keyed.h"
#include "bridge/model/suppression.h"
#include "bridge/poll/digest/patience.h"

struct change_rules;
struct expr_context;
struct json_object;

// One document, or one item, before (as told last) and after.
struct change {
    enum keyed_op op;           // KEYED_UPDATED for a document
    const char *key;            // canonical JSON text; NULL for a document
    struct json_object *before; // borrowed; NULL when created (or null)
    struct json_object *after;  // NULL when deleted (or null)
    struct json_object *list;   // of diff_changes, once it was asked for; owned
};
struct change change_of_item(const struct keyed_change *keyed); // which it borrows from
void change_deinit(struct change *change);
// What moved, without what is ignored (borrowed); an empty list for what came or went. 0, -ENOMEM.
int change_list(struct change *change, const struct change_rules *rules,
                struct json_object **ret) MUST_CHECK;

// Adds "changes" and the exact "patch" of what was updated.
struct event_data;
void change_add_difference(struct change *change, const struct change_rules *rules,
                           struct event_data *data);

struct change_judge {
    const struct change_rules *rules;
    struct expr_context *context;
    int64_t now_ms;
    struct patience patience;
    struct suppression_list suppressed; // owned
};
void change_judge_deinit(struct change_judge *judge);

enum { CHANGE_TELL, CHANGE_SUPPRESS };
// CHANGE_TELL, CHANGE_SUPPRESS (added to `suppressed`), or -ENOMEM.
int change_judge(struct change_judge *judge, struct change *change) MUST_CHECK;
