// Windows: a list of small mappings.
#include <string.h>

#include "bridge/base/windows.h"
#include "bridge/spi/settings.h"
#include "config/bind.h"
#include "config/value.h"

static struct place place_of(const struct node *window, const char *key)
{
    const struct entry *entry = node_find(window, key);
    return entry ? entry->value.place : window->place;
}

static bool refuse(struct binder *binder, struct place place, const char *key, const char *how)
{
    problem_list_add(binder->problems, place, "bad_window", "\"%s\" of a window must be %s", key,
                     how);
    return false;
}

static bool read_days(struct binder *binder, const struct node *node,
                      const struct string_list *texts, struct window *ret)
{
    for (size_t i = 0; i < texts->n; i++) {
        uint8_t days;
        if (!window_days_parse(texts->v[i], &days)) {
            return refuse(binder, place_of(node, "days"), "days",
                          "days such as mon-fri, or \"sat,sun\", or daily");
        }
        ret->weekdays |= days;
    }
    return true;
}

static bool read_window(struct binder *binder, const struct node *node,
                        const struct window_settings *text, struct window *ret)
{
    static const char how[] = "a time of the day such as 08:00, up to 24:00";
    if (!read_days(binder, node, &text->days, ret)) {
        return false;
    }
    if (!window_time_parse(text->from, &ret->from_minute) || ret->from_minute == 24 * 60) {
        return refuse(binder, place_of(node, "from"), "from", how);
    }
    if (!window_time_parse(text->to, &ret->to_minute)) {
        return refuse(binder, place_of(node, "to"), "to", how);
    }
    if (ret->from_minute == ret->to_minute) {
        return refuse(binder, place_of(node, "to"), "to", "another time than \"from\"");
    }
    return true;
}

static bool bind_window(struct binder *binder, const struct option *option, struct node *node,
                        struct window *ret)
{
    struct window_settings text = { 0 };
    const struct bind_target target = {
        .kind = option->key,
        .parts = { { .table = option->table, .object = &text } },
        .part_count = 1,
        .node = node,
        .place = node->place,
    };
    bool ok = bind_target(binder, &target) && read_window(binder, node, &text, ret);
    option_table_deinit(option->table, &text);
    return ok;
}

bool windows_bind(struct binder *binder, const struct option *option, struct node *node,
                  void *field)
{
    struct window_list *list = field;
    bool ok = true;
    size_t n = 0;
    if (node->kind != NODE_SEQUENCE) {
        return value_refuse_kind(binder, option->key, "a list of mappings", node);
    }
    for (struct entry *entry = node->first; entry; entry = entry->next) {
        n++;
    }
    list->v = calloc(n ? n : 1, sizeof(*list->v));
    if (!list->v) {
        return binder_no_memory(binder);
    }
    for (struct entry *entry = node->first; entry; entry = entry->next) {
        ok = bind_window(binder, option, &entry->value, &list->v[list->n]) && ok;
        list->n++;
    }
    return ok;
}
