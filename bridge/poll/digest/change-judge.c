#include "bridge/poll/digest/change-judge.h"

#include <errno.h>
#include <string.h>

#include <json-c/json.h>

#include "bridge/base/str.h"
#include "bridge/diff/deadband.h"
#include "bridge/diff/fingerprint.h"
#include "bridge/diff/patch.h"
#include "bridge/expr/expr.h"
#include "bridge/model/json.h"
#include "bridge/poll/digest/event-data.h"
#include "bridge/spi/settings.h"

struct change change_of_item(const struct keyed_change *keyed)
{
    return (struct change){
        .op = keyed->op,
        .key = keyed->key,
        .before = keyed->before,
        .after = keyed->after,
    };
}

void change_deinit(struct change *change)
{
    (void)json_object_put(change->list);
    change->list = NULL;
}

int change_list(struct change *change, const struct change_rules *rules, struct json_object **ret)
{
    int r = 0;
    if (!change->list && change->op != KEYED_UPDATED) {
        change->list = json_object_new_array();
        r = change->list ? 0 : -ENOMEM;
    } else if (!change->list) {
        r = diff_changes(change->before, change->after, rules->ignore, &change->list);
    }
    *ret = change->list;
    return r;
}

void change_add_difference(struct change *change, const struct change_rules *rules,
                           struct event_data *data)
{
    struct json_object *changes = NULL;
    struct json_object *patch = NULL;
    int r = change_list(change, rules, &changes);
    if (r == 0) {
        event_data_share(data, "changes", changes);
        r = diff_patch(change->before, change->after, &patch);
    }
    if (r == 0) {
        event_data_take(data, "patch", patch);
    } else {
        data->error = r;
    }
}

void change_judge_deinit(struct change_judge *judge)
{
    suppression_list_deinit(&judge->suppressed);
}

// Consumes reason.
static int suppress(struct change_judge *judge, struct change *change, enum suppression_rule rule,
                    char *reason)
{
    struct suppression made = { .rule = rule, .reason = reason, .at_ms = judge->now_ms };
    AUTO_BUF struct buf text = { .max = SUPPRESSION_CHANGES_LENGTH };
    struct json_object *changes;
    made.key = change->key ? strdup(change->key) : NULL;
    int r = made.reason && (made.key || !change->key) ? 0 : -ENOMEM;
    if (r == 0 && judge->suppressed.n < SUPPRESSIONS_KEPT) {
        r = change_list(change, judge->rules, &changes);
        r = r ? r : json_write(&text, changes);
        r = r == -EMSGSIZE ? 0 : r;
        made.changes = text.len > 0 ? buf_take(&text).data : NULL;
    }
    if (r < 0) {
        suppression_deinit(&made);
        return r;
    }
    r = suppression_list_add(&judge->suppressed, &made);
    return r ? r : CHANGE_SUPPRESS;
}

static int judge_deadband(struct change_judge *judge, struct change *change)
{
    AUTO_JSON struct json_object *quiet = NULL;
    if (!judge->rules->deadband || change->op != KEYED_UPDATED) {
        return CHANGE_TELL;
    }
    int r = deadband_apply(judge->rules->deadband, change->before, change->after, &quiet);
    if (r < 0 || !diff_equal(change->before, quiet, judge->rules->ignore)) {
        return r < 0 ? r : CHANGE_TELL;
    }
    return suppress(judge, change, SUPPRESSED_BY_DEADBAND,
                    strdup("every number that moved is within its deadband of the value told last, "
                           "and nothing else moved"));
}

// `when` that fails on a change must not lose it.
static int ask_when(struct change_judge *judge, struct change *change, bool *ret_true)
{
    CLEANUP(event_data_deinit) struct event_data seen;
    AUTO_JSON struct json_object *answer = NULL;
    struct json_object *changes;
    event_data_init(&seen);
    int r = change_list(change, judge->rules, &changes);
    if (r == 0) {
        event_data_share(&seen, "before", change->before);
        event_data_share(&seen, "after", change->after);
        event_data_share(&seen, "changes", changes);
        r = seen.error;
    }
    r = r ? r : expr_eval(judge->rules->when, judge->context, seen.object, &answer, NULL);
    *ret_true = r > 0 || json_is_true(answer);
    return r < 0 ? r : 0;
}

static int judge_when(struct change_judge *judge, struct change *change)
{
    const struct expr *when = judge->rules->when;
    bool is_true = true;
    int r = when ? ask_when(judge, change, &is_true) : 0;
    if (r < 0 || is_true) {
        return r < 0 ? r : CHANGE_TELL;
    }
    return suppress(judge, change, SUPPRESSED_BY_WHEN,
                    str_printf("`when` is not true of it: %s", expr_text(when)));
}

static int judge_patience(struct change_judge *judge, struct change *change)
{
    enum suppression_rule rule;
    char *reason = NULL;
    int r = patience_ask(&judge->patience, change, &rule, &reason);
    if (r == PATIENCE_WAIT) {
        return suppress(judge, change, rule, reason);
    }
    if (r == PATIENCE_TELL) {
        patience_tell(&judge->patience, change);
    }
    return r < 0 ? r : CHANGE_TELL;
}

int change_judge(struct change_judge *judge, struct change *change)
{
    int r = judge_deadband(judge, change);
    r = r == CHANGE_TELL ? judge_when(judge, change) : r;
    return r == CHANGE_TELL ? judge_patience(judge, change) : r;
}
