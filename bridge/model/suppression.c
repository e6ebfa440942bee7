#include "bridge/model/suppression.h"

#include <errno.h>
#include <stdlib.h>

const char *suppression_rule_name(enum suppression_rule rule)
{
    switch (rule) {
    case SUPPRESSED_AS_NOISE: return "noise";
    case SUPPRESSED_BY_GUARD: return "guard";
    case SUPPRESSED_BY_DEADBAND: return "deadband";
    case SUPPRESSED_BY_WHEN: return "when";
    case SUPPRESSED_BY_REMEMBER_STATES: return "remember_states";
    case SUPPRESSED_BY_ABSENT_FOR: return "absent_for";
    case SUPPRESSED_BY_CONFIRM: return "confirm";
    case SUPPRESSED_BY_MIN_EVENT_INTERVAL: return "min_event_interval";
    case SUPPRESSED_BY_COOLDOWN: return "cooldown";
    case SUPPRESSION_RULES: break;
    }
    return "unknown";
}

void suppression_deinit(struct suppression *suppression)
{
    free(suppression->key);
    free(suppression->reason);
    free(suppression->changes);
    *suppression = (struct suppression){ 0 };
}

void suppression_list_deinit(struct suppression_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        suppression_deinit(&list->v[i]);
    }
    free(list->v);
    *list = (struct suppression_list){ 0 };
}

int suppression_list_add(struct suppression_list *list, struct suppression *take)
{
    list->counts[take->rule]++;
    if (list->n == SUPPRESSIONS_KEPT) {
        suppression_deinit(take);
        return 0;
    }
    if (!list->v) {
        list->v = calloc(SUPPRESSIONS_KEPT, sizeof(*list->v));
        if (!list->v) {
            suppression_deinit(take);
            return -ENOMEM;
        }
    }
    list->v[list->n++] = *take;
    *take = (struct suppression){ 0 };
    return 0;
}

int suppression_list_move(struct suppression_list *to, struct suppression_list *from)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < from->n; i++) {
        r = suppression_list_add(to, &from->v[i]);
    }
    return r;
}
