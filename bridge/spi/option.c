#include "bridge/spi/option.h"

#include <string.h>

#include "bridge/base/secret.h"
#include "bridge/base/time-zone.h"
#include "bridge/base/windows.h"
#include "bridge/diff/deadband.h"
#include "bridge/diff/normalize.h"
#include "bridge/expr/expr.h"
#include "bridge/expr/filter.h"
#include "bridge/expr/pattern.h"
#include "bridge/model/event.h"
#include "bridge/model/http.h"

bool status_set_has(const struct status_set *set, int status)
{
    for (size_t i = 0; i < set->n; i++) {
        if (status >= set->v[i].first && status <= set->v[i].last) {
            return true;
        }
    }
    return false;
}

static void expr_list_deinit(struct expr_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        (void)expr_free(list->v[i]);
    }
    free(list->v);
}

static void template_pairs_deinit(struct template_pairs *pairs)
{
    for (size_t i = 0; i < pairs->n; i++) {
        free(pairs->v[i].name);
        (void)template_free(pairs->v[i].value);
    }
    free(pairs->v);
}

static void option_deinit(const struct option *option, void *field)
{
    switch (option->type) {
    case OPTION_BOOL:
    case OPTION_INT:
    case OPTION_DURATION:
    case OPTION_SIZE:
    case OPTION_PERCENT:
    case OPTION_ENUM: break;
    case OPTION_STRING:
    case OPTION_URL:
    case OPTION_FILE:
    case OPTION_JSON:
    case OPTION_AUTH: free(*(char **)field); break;
    case OPTION_SECRET: secret_deinit(field); break;
    case OPTION_STRINGS: string_list_deinit(field); break;
    case OPTION_PAIRS: headers_deinit(field); break;
    case OPTION_TEMPLATE: (void)template_free(*(struct template **)field); break;
    case OPTION_TEMPLATES: template_pairs_deinit(field); break;
    case OPTION_EXPR: (void)expr_free(*(struct expr **)field); break;
    case OPTION_EXPRS: expr_list_deinit(field); break;
    case OPTION_PATTERNS: (void)patterns_free(*(struct patterns **)field); break;
    case OPTION_NORMALIZE: (void)normalize_free(*(struct normalize **)field); break;
    case OPTION_DEADBAND: (void)deadband_free(*(struct deadband **)field); break;
    case OPTION_FILTER: (void)filter_free(*(struct filter **)field); break;
    case OPTION_STATUSES: free(((struct status_set *)field)->v); break;
    case OPTION_DURATIONS: free(((struct duration_list *)field)->v_ms); break;
    case OPTION_CRON: break;
    case OPTION_ZONE: (void)time_zone_unref(*(struct time_zone **)field); break;
    case OPTION_WINDOWS: free(((struct window_list *)field)->v); break;
    case OPTION_TABLE: option_table_deinit(option->table, field); break;
    }
}

void option_table_deinit(const struct option_table *table, void *object)
{
    for (size_t i = 0; i < table->n; i++) {
        option_deinit(&table->options[i], (char *)object + table->options[i].offset);
    }
    memset(object, 0, table->size);
}

const struct option *option_table_find(const struct option_table *table, const char *key)
{
    for (size_t i = 0; i < table->n; i++) {
        if (strcmp(table->options[i].key, key) == 0) {
            return &table->options[i];
        }
    }
    return NULL;
}
