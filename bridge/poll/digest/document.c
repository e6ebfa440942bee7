#include "bridge/poll/digest/document.h"

#include <errno.h>

#include <json-c/json.h>

#include "bridge/base/problem.h"
#include "bridge/diff/fingerprint.h"
#include "bridge/diff/normalize.h"
#include "bridge/expr/expr.h"
#include "bridge/model/json.h"
#include "bridge/spi/settings.h"

static int explain(int error, const struct expr *expr, const struct problem *why,
                   struct problem **reterr)
{
    const char *words = why && why->message ? why->message : "no reason given";
    if (error == EXPR_E_NOTHING) {
        return problem_set(reterr, DOCUMENT_E_BAD, "selector_found_nothing",
                           "%s found nothing in the answer: %s", expr_text(expr), words);
    }
    return problem_set(reterr, DOCUMENT_E_BAD, "selector_failed", "%s failed on the answer: %s",
                       expr_text(expr), words);
}

static int make_empty(bool collection, struct json_object **ret)
{
    *ret = collection ? json_object_new_array() : NULL;
    return collection && !*ret ? -ENOMEM : 0;
}

int document_select(const struct change_rules *rules, struct expr_context *context,
                    struct json_object *answer, struct json_object **ret, struct problem **reterr)
{
    CLEANUP(problem_freep) struct problem *why = NULL;
    const struct expr *expr = rules->items ? rules->items : rules->select;
    if (!expr) {
        *ret = json_object_get(answer);
        return 0;
    }
    int r = rules->items ? expr_eval_all(expr, context, answer, ret, &why)
                         : expr_eval(expr, context, answer, ret, &why);
    if (r <= 0) {
        return r;
    }
    if (r == EXPR_E_NOTHING && rules->optional) {
        return make_empty(rules->items != NULL, ret);
    }
    return explain(r, expr, why, reterr);
}

static int normalize_item(const struct change_rules *rules, struct json_object *items, size_t i,
                          struct json_object *list)
{
    struct json_object *item = NULL;
    int r = normalize_apply(rules->normalize, json_object_array_get_idx(items, i), &item);
    if (r == 0 && json_object_array_add(list, item) != 0) {
        (void)json_object_put(item);
        r = -ENOMEM;
    }
    return r;
}

int document_normalize(const struct change_rules *rules, struct json_object *document,
                       struct json_object **ret)
{
    if (!rules->normalize) {
        *ret = json_object_get(document);
        return 0;
    }
    if (!rules->items) {
        return normalize_apply(rules->normalize, document, ret);
    }
    AUTO_JSON struct json_object *list = json_object_new_array();
    size_t n = json_object_array_length(document);
    int r = list ? 0 : -ENOMEM;
    for (size_t i = 0; r == 0 && i < n; i++) {
        r = normalize_item(rules, document, i, list);
    }
    if (r == 0) {
        *ret = STEAL(list);
    }
    return r;
}

struct keyed_rules document_keyed_rules(const struct change_rules *rules)
{
    return (struct keyed_rules){
        .key = (const struct expr *const *)rules->key.v,
        .key_count = rules->key.n,
        .ignore = rules->ignore,
    };
}

// By what the items are alone: without their keys, and without their order.
static struct hash128 fingerprint_items(const struct change_rules *rules, struct json_object *items)
{
    struct hash128 sum = { 0 };
    size_t n = json_object_array_length(items);
    for (size_t i = 0; i < n; i++) {
        struct hash128 item = diff_fingerprint(json_object_array_get_idx(items, i), rules->ignore);
        sum.low += item.low;
        sum.high += item.high;
    }
    return hash128_mix(sum, (struct hash128){ .low = n, .high = 2 });
}

int document_fingerprint(const struct change_rules *rules, struct json_object *document,
                         struct hash128 *ret, struct problem **reterr)
{
    if (!rules->items) {
        *ret = diff_fingerprint(document, rules->ignore);
        return 0;
    }
    if (rules->key.n == 0) {
        *ret = fingerprint_items(rules, document);
        return 0;
    }
    const struct keyed_rules keyed = document_keyed_rules(rules);
    int r = keyed_fingerprint(document, &keyed, ret, reterr);
    return r > 0 ? DOCUMENT_E_BAD : r;
}
