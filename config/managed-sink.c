#include "config/managed-sink.h"

#include <errno.h>
#include <string.h>

#include <json-c/json.h>

#include "bridge/base/str.h"
#include "bridge/model/json.h"
#include "bridge/spi/settings.h"
#include "bridge/spi/sink.h"
#include "config/binder.h"
#include "config/config.h"
#include "config/json-tree.h"
#include "config/map.h"
#include "config/sections.h"

#define DRIVERS_MAX 16

// Those that send over the network, where the egress policy watches.
static void allowed_drivers(const struct drivers *all, const struct sink_driver *ret[])
{
    size_t n = 0;
    for (size_t i = 0; all->sinks[i] && n + 1 < DRIVERS_MAX; i++) {
        if (all->sinks[i]->transport == SINK_HTTP) {
            ret[n++] = all->sinks[i];
        }
    }
    ret[n] = NULL;
}

static void bind(struct binder *binder, const struct managed_sink_input *input, struct entry *entry)
{
    struct settings *settings = binder->settings;
    const struct sink_driver *sinks[DRIVERS_MAX];
    const struct drivers drivers = { .sinks = sinks };
    allowed_drivers(input->drivers, sinks);
    settings->sinks = map_allocate(binder, 1, sizeof(*settings->sinks));
    if (!settings->sinks || !check_name(binder, "sink", entry) ||
        !map_set_name(binder, &settings->sinks[0].name, entry->key)) {
        return;
    }
    settings->sink_count = 1;
    settings->sinks[0].is_managed = true;
    named_bind_sink(binder, &drivers, &settings->sinks[0], entry);
}

static int load(struct settings *settings, const struct managed_sink_input *input,
                struct problem_list *problems)
{
    struct arena arena = { 0 };
    struct binder binder = {
        .arena = &arena,
        .problems = problems,
        .settings = settings,
        .directory = "",
        .is_untrusted = true,
        // One that was taken before is judged when it is used (bridge/deliver/attempt.c).
        .allow_http = input->is_known || input->file->egress.allow_http,
        .sources = input->is_known ? NULL : input->file,
    };
    struct entry entry = { .key = input->name };
    int r = json_tree_make(&arena, input->settings, &entry.value);
    if (r == 0) {
        bind(&binder, input, &entry);
    }
    arena_deinit(&arena);
    if (r < 0 || problems->no_memory) {
        return -ENOMEM;
    }
    return problems->errors > 0 ? -EINVAL : 0;
}

int managed_sink_bind(struct settings **ret, const struct managed_sink_input *input,
                      struct problems *problems)
{
    AUTO_SETTINGS struct settings *settings = calloc(1, sizeof(*settings));
    if (!settings) {
        return -ENOMEM;
    }
    settings->refs = 1;
    struct problem_list list = { 0 };
    int r = load(settings, input, &list);
    problem_list_finish(&list, problems);
    if (r == 0) {
        *ret = STEAL(settings);
    }
    return r;
}

static const struct sink_driver *driver_of(struct json_object *settings,
                                           const struct drivers *drivers)
{
    struct json_object *type = NULL;
    if (!json_object_object_get_ex(settings, "type", &type)) {
        return drivers->sinks[0];
    }
    for (size_t i = 0; drivers->sinks[i]; i++) {
        if (str_eq(drivers->sinks[i]->name, json_object_get_string(type))) {
            return drivers->sinks[i];
        }
    }
    return drivers->sinks[0];
}

static int hide_members(struct json_object *value)
{
    int r = 0;
    json_object_object_foreach(value, key, member)
    {
        struct json_object *stars = json_object_new_string("***");
        (void)member;
        // The member is there: no entry is added while they are walked.
        r = stars && json_object_object_add(value, key, stars) == 0 ? r : -ENOMEM;
    }
    return r;
}

static int redact_member(struct json_object *settings, const struct option *option)
{
    struct json_object *member = NULL;
    if (!json_object_object_get_ex(settings, option->key, &member)) {
        return 0;
    }
    if (option->type == OPTION_SECRET) {
        json_object_object_del(settings, option->key);
    } else if ((option->flags & OPTION_HIDDEN_VALUE) &&
               json_object_is_type(member, json_type_object)) {
        return hide_members(member);
    }
    return 0;
}

int managed_sink_redact(struct json_object *settings, const struct drivers *drivers,
                        struct json_object **ret)
{
    const struct option_table *options = driver_of(settings, drivers)->options;
    AUTO_JSON struct json_object *copy = NULL;
    if (json_object_deep_copy(settings, &copy, NULL) != 0) {
        return -ENOMEM;
    }
    int r = 0;
    for (size_t i = 0; r == 0 && i < options->n; i++) {
        r = redact_member(copy, &options->options[i]);
    }
    if (r == 0) {
        *ret = STEAL(copy);
    }
    return r;
}
