#pragma once
// The rules under which a change waits before it is told: seen often enough, gone long enough, not
// one that comes and goes, not too soon after the last one. Pure.

#include <stdbool.h>
#include <stdint.h>

#include "bridge/base/cleanup.h"
#include "bridge/model/suppression.h"

struct change;
struct change_rules;
struct noise;

// For one digest.
struct patience {
    const struct change_rules *rules;
    struct noise *noise; // borrowed
    int64_t now_ms;
    bool is_sighting; // a poll saw what is there; else only time has passed
    // What came of it.
    bool counts;    // something waits to be seen again
    int64_t due_ms; // wall time at which something may be told without another poll; 0: nothing
};

// Is the change to be told now (0), or does it wait, by a rule (1, in *ret_rule and *ret_reason,
// which is owned)? -ENOMEM.
enum { PATIENCE_TELL, PATIENCE_WAIT };
int patience_ask(struct patience *patience, const struct change *change,
                 enum suppression_rule *ret_rule, char **ret_reason) MUST_CHECK;
// It is told now.
void patience_tell(struct patience *patience, const struct change *change);
