// Values made of several texts. One scalar is a list of one; statuses and durations in one scalar
// may be separated by white space or commas, which is also how presets write them.
#include <errno.h>
#include <string.h>

#include "bridge/base/problem.h"
#include "bridge/base/str.h"
#include "bridge/expr/expr.h"
#include "bridge/expr/pattern.h"
#include "bridge/model/event.h"
#include "config/expand.h"
#include "config/scalar.h"
#include "config/value.h"

#define SEPARATORS " \t\r\n,"

struct texts {
    struct scalar *v; // in the arena
    struct place *places;
    size_t n;
};

static bool is_split(const struct option *option)
{
    return option->type == OPTION_STATUSES || option->type == OPTION_DURATIONS;
}

static size_t count_words(const char *text)
{
    size_t n = 0;
    for (text += strspn(text, SEPARATORS); *text; text += strspn(text, SEPARATORS)) {
        text += strcspn(text, SEPARATORS);
        n++;
    }
    return n;
}

static void add_text(struct texts *texts, const struct node *node, const char *text)
{
    texts->v[texts->n] =
        (struct scalar){ .text = text, .foreign = node->expansion == EXPANSION_DONE };
    texts->places[texts->n++] = node->place;
}

static bool add_words(struct binder *binder, struct texts *texts, const struct node *node)
{
    const char *text = node->text;
    for (text += strspn(text, SEPARATORS); *text; text += strspn(text, SEPARATORS)) {
        size_t len = strcspn(text, SEPARATORS);
        const char *word = arena_copy(binder->arena, text, len);
        if (!word) {
            return binder_no_memory(binder);
        }
        add_text(texts, node, word);
        text += len;
    }
    return true;
}

static bool make_room(struct binder *binder, struct texts *texts, size_t n)
{
    texts->v = arena_alloc(binder->arena, n * sizeof(struct scalar));
    texts->places = arena_alloc(binder->arena, n * sizeof(struct place));
    return (texts->v && texts->places) || binder_no_memory(binder);
}

// Every element is expanded, so that every mistake in the list is reported.
static bool expand_elements(struct binder *binder, const struct option *option, struct node *node,
                            size_t *ret_n)
{
    bool ok = true;
    size_t n = 0;
    for (struct entry *entry = node->first; entry; entry = entry->next) {
        const char *text = value_text(binder, option, &entry->value);
        ok = ok && text;
        n += text && is_split(option) ? count_words(text) : 1;
    }
    *ret_n = n;
    return ok;
}

static bool collect_sequence(struct binder *binder, const struct option *option, struct node *node,
                             struct texts *ret)
{
    size_t n = 0;
    if (!expand_elements(binder, option, node, &n) || !make_room(binder, ret, n)) {
        return false;
    }
    for (const struct entry *entry = node->first; entry; entry = entry->next) {
        if (!is_split(option)) {
            add_text(ret, &entry->value, entry->value.text);
        } else if (!add_words(binder, ret, &entry->value)) {
            return false;
        }
    }
    return true;
}

static bool collect(struct binder *binder, const struct option *option, struct node *node,
                    struct texts *ret)
{
    if (node->kind == NODE_MAPPING) {
        return value_refuse_kind(binder, option->key, "a list or a single value", node);
    }
    if (node->kind == NODE_SEQUENCE) {
        return collect_sequence(binder, option, node, ret);
    }
    const char *text = value_text(binder, option, node);
    if (!text) {
        return false;
    }
    if (is_split(option)) {
        return make_room(binder, ret, count_words(text)) && add_words(binder, ret, node);
    }
    if (!make_room(binder, ret, 1)) {
        return false;
    }
    add_text(ret, node, text);
    return true;
}

// The result of building one element; false when it was refused.
static bool settle(struct binder *binder, int result, struct place place, struct problem *take)
{
    if (result == -ENOMEM) {
        (void)problem_free(take);
        return binder_no_memory(binder);
    }
    if (result != 0) {
        problem_list_take(binder->problems, place, take);
    }
    return result == 0;
}

static bool build_strings(struct binder *binder, const struct texts *texts, struct string_list *ret)
{
    for (size_t i = 0; i < texts->n; i++) {
        if (string_list_add(ret, texts->v[i].text) != 0) {
            return binder_no_memory(binder);
        }
    }
    return true;
}

static bool build_exprs(struct binder *binder, const struct option *option,
                        const struct texts *texts, struct expr_list *ret)
{
    // Each element is parsed as if it were an option of its own.
    struct option element = { .key = option->key, .type = OPTION_EXPR, .flags = option->flags };
    bool ok = true;
    if ((option->flags & OPTION_OR_AUTO) && texts->n == 1 && str_eq(texts->v[0].text, "auto")) {
        return true;
    }
    ret->v = calloc(texts->n ? texts->n : 1, sizeof(struct expr *));
    if (!ret->v) {
        return binder_no_memory(binder);
    }
    for (size_t i = 0; i < texts->n; i++) {
        struct problem *why = NULL;
        int r = scalar_parse(&element, texts->v[i], &ret->v[ret->n], &why);
        ret->n += r == 0;
        ok = settle(binder, r, texts->places[i], why) && ok;
    }
    return ok;
}

// patterns_new does not say which one it refuses: each is tried alone.
static bool explain_patterns(struct binder *binder, const struct option *option,
                             const struct texts *texts, struct place place, struct problem *take)
{
    struct problem CLEANUP(problem_freep) *all = take;
    bool found = false;
    for (size_t i = 0; i < texts->n; i++) {
        struct patterns CLEANUP(patterns_freep) *one = NULL;
        struct problem CLEANUP(problem_freep) *why = NULL;
        if (patterns_new(&one, &texts->v[i].text, 1, &why) > 0) {
            problem_list_add(binder->problems, texts->places[i], "bad_pattern",
                             "\"%s\" cannot be used: %s", option->key,
                             why && !texts->v[i].foreign ? why->message : "it is not a path");
            found = true;
        }
    }
    if (!found) { // fine one by one, too many together
        problem_list_add(binder->problems, place, "bad_pattern", "\"%s\" cannot be used: %s",
                         option->key, all ? all->message : "it is too long");
    }
    return false;
}

static bool build_patterns(struct binder *binder, const struct option *option,
                           const struct texts *texts, struct place place, struct patterns **ret)
{
    if (texts->n == 0) {
        return true;
    }
    const char **plain = arena_alloc(binder->arena, texts->n * sizeof(const char *));
    if (!plain) {
        return binder_no_memory(binder);
    }
    for (size_t i = 0; i < texts->n; i++) {
        plain[i] = texts->v[i].text;
    }
    struct problem *why = NULL;
    int r = patterns_new(ret, plain, texts->n, &why);
    if (r > 0) {
        return explain_patterns(binder, option, texts, place, why);
    }
    return settle(binder, r, place, why);
}

static bool build_statuses(struct binder *binder, const struct option *option,
                           const struct texts *texts, struct status_set *ret)
{
    bool ok = true;
    ret->v = calloc(texts->n ? texts->n : 1, sizeof(struct status_range));
    if (!ret->v) {
        return binder_no_memory(binder);
    }
    for (size_t i = 0; i < texts->n; i++) {
        struct problem *why = NULL;
        int r = scalar_parse_status(option, texts->v[i], &ret->v[ret->n], &why);
        ret->n += r == 0;
        ok = settle(binder, r, texts->places[i], why) && ok;
    }
    return ok;
}

static bool build_durations(struct binder *binder, const struct option *option,
                            const struct texts *texts, struct duration_list *ret)
{
    bool ok = true;
    ret->v_ms = calloc(texts->n ? texts->n : 1, sizeof(int64_t));
    if (!ret->v_ms) {
        return binder_no_memory(binder);
    }
    for (size_t i = 0; i < texts->n; i++) {
        struct problem *why = NULL;
        int r = scalar_parse_duration(option, texts->v[i], &ret->v_ms[ret->n], &why);
        ret->n += r == 0;
        ok = settle(binder, r, texts->places[i], why) && ok;
    }
    return ok;
}

bool list_bind(struct binder *binder, const struct option *option, struct node *node, void *field)
{
    struct texts texts = { 0 };
    if (!collect(binder, option, node, &texts)) {
        return false;
    }
    switch ((int)option->type) { // int: the types that are no lists do not come here
    case OPTION_STRINGS: return build_strings(binder, &texts, field);
    case OPTION_EXPRS: return build_exprs(binder, option, &texts, field);
    case OPTION_PATTERNS: return build_patterns(binder, option, &texts, node->place, field);
    case OPTION_STATUSES: return build_statuses(binder, option, &texts, field);
    default: return build_durations(binder, option, &texts, field);
    }
}
