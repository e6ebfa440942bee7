#include "bridge/poll/digest/patience.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "bridge/base/clock.h"
#include "bridge/base/str.h"
#include "bridge/diff/fingerprint.h"
#include "bridge/poll/digest/change-judge.h"
#include "bridge/poll/digest/noise.h"
#include "bridge/spi/settings.h"

// An item that is not there is a state as well.
static struct hash128 state_of(const struct patience *patience, struct json_object *value,
                               bool exists)
{
    return exists ? diff_fingerprint(value, patience->rules->ignore) : (struct hash128){ 0 };
}

static struct hash128 state_after(const struct patience *patience, const struct change *change)
{
    return state_of(patience, change->after, change->op != KEYED_DELETED);
}

static bool is_known(const struct noise_entry *entry, struct hash128 state)
{
    for (size_t i = 0; i < entry->state_count; i++) {
        if (hash128_eq(entry->states[i], state)) {
            return true;
        }
    }
    return false;
}

// A state that was told not long ago counts only as often as it is seen without another between.
static bool count(const struct patience *patience, struct noise_entry *entry,
                  const struct change *change)
{
    bool known = false;
    bool same = true;
    if (patience->rules->remember_states > 0) {
        struct hash128 state = state_after(patience, change);
        same = hash128_eq(entry->seen, state);
        known = is_known(entry, state);
        entry->seen = state;
    }
    if (patience->is_sighting) {
        entry->sightings = known && !same ? 1 : entry->sightings + 1;
    }
    return known;
}

struct need {
    enum suppression_rule rule;
    int64_t sightings;
};

static struct need need_of(const struct change_rules *rules, const struct change *change,
                           bool is_known)
{
    struct need need = { SUPPRESSED_BY_CONFIRM, rules->confirm };
    if (change->op == KEYED_DELETED && rules->absent_for > need.sightings) {
        need = (struct need){ SUPPRESSED_BY_ABSENT_FOR, rules->absent_for };
    }
    if (is_known && rules->remember_states + 1 > need.sightings) {
        need = (struct need){ SUPPRESSED_BY_REMEMBER_STATES, rules->remember_states + 1 };
    }
    return need;
}

static char *why_seen_again(const struct need *need, int64_t sightings)
{
    const char *what = need->rule == SUPPRESSED_BY_ABSENT_FOR ? "it is gone"
                       : need->rule == SUPPRESSED_BY_REMEMBER_STATES
                           ? "it is back in a state that was told not long ago"
                           : "it was seen";
    return str_printf("%s in %" PRId64 " of the %" PRId64 " polls in a row that `%s` asks for",
                      what, sightings, need->sightings, suppression_rule_name(need->rule));
}

static void note_due(struct patience *patience, int64_t at_ms)
{
    if (patience->due_ms == 0 || at_ms < patience->due_ms) {
        patience->due_ms = at_ms;
    }
}

// Wall time until which nothing is told; 0: it may be. A clock that was set back adds at most one
// whole wait.
static int64_t rest_until_ms(const struct patience *patience, int64_t told_at_ms, int64_t wait_ms)
{
    int64_t from_ms = told_at_ms < patience->now_ms ? told_at_ms : patience->now_ms;
    bool rests = told_at_ms != 0 && wait_ms > 0 && from_ms + wait_ms > patience->now_ms;
    return rests ? from_ms + wait_ms : 0;
}

static int wait_until(struct patience *patience, enum suppression_rule rule, int64_t until_ms,
                      char **ret_reason)
{
    char text[CLOCK_RFC3339_SIZE];
    clock_format_rfc3339(until_ms, text);
    note_due(patience, until_ms);
    *ret_reason =
        str_printf("`%s` lets nothing be told before %s", suppression_rule_name(rule), text);
    return *ret_reason ? PATIENCE_WAIT : -ENOMEM;
}

static int ask_time(struct patience *patience, const struct noise_entry *entry,
                    enum suppression_rule *ret_rule, char **ret_reason)
{
    const struct change_rules *rules = patience->rules;
    int64_t item_ms =
        rest_until_ms(patience, entry ? entry->told_at_ms : 0, rules->min_event_interval_ms);
    int64_t source_ms =
        rest_until_ms(patience, noise_told_at_ms(patience->noise), rules->cooldown_ms);
    if (item_ms == 0 && source_ms == 0) {
        return PATIENCE_TELL;
    }
    bool by_item = item_ms > source_ms;
    *ret_rule = by_item ? SUPPRESSED_BY_MIN_EVENT_INTERVAL : SUPPRESSED_BY_COOLDOWN;
    return wait_until(patience, *ret_rule, by_item ? item_ms : source_ms, ret_reason);
}

static bool is_patient(const struct change_rules *rules)
{
    return rules->confirm > 1 || rules->absent_for > 1 || rules->remember_states > 0 ||
           rules->min_event_interval_ms > 0 || rules->cooldown_ms > 0;
}

int patience_ask(struct patience *patience, const struct change *change,
                 enum suppression_rule *ret_rule, char **ret_reason)
{
    if (!is_patient(patience->rules)) {
        return PATIENCE_TELL;
    }
    struct noise_entry *entry = noise_enter(patience->noise, change->key);
    if (!entry) {
        return PATIENCE_TELL; // too many wait: rather at once than never
    }
    entry->touched = true;
    entry->waits = true;
    struct need need = need_of(patience->rules, change, count(patience, entry, change));
    if (entry->sightings < need.sightings) {
        patience->counts = true;
        *ret_rule = need.rule;
        *ret_reason = why_seen_again(&need, entry->sightings);
        return *ret_reason ? PATIENCE_WAIT : -ENOMEM;
    }
    return ask_time(patience, entry, ret_rule, ret_reason);
}

static void remember(const struct patience *patience, struct noise_entry *entry,
                     const struct change *change)
{
    size_t most = (size_t)patience->rules->remember_states;
    if (entry->state_count < most) {
        entry->state_count++;
    }
    memmove(entry->states + 1, entry->states, (entry->state_count - 1) * sizeof(entry->states[0]));
    entry->states[0] = state_of(patience, change->before, change->op != KEYED_CREATED);
}

void patience_tell(struct patience *patience, const struct change *change)
{
    const struct change_rules *rules = patience->rules;
    struct noise_entry *entry =
        is_patient(rules) ? noise_enter(patience->noise, change->key) : NULL;
    if (!entry) {
        return;
    }
    entry->told_at_ms = patience->now_ms;
    entry->sightings = 0;
    entry->seen = (struct hash128){ 0 };
    entry->waits = false;
    entry->touched = true;
    if (rules->remember_states > 0) {
        remember(patience, entry, change);
    }
}
