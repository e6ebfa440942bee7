// Which of the ways to say when a source is polled go together.
#include "bridge/spi/settings.h"
#include "config/sections.h"

#define MINUTE_MS ((int64_t)60000)

static const struct {
    const char *key;
    const char *other;
    const char *why;
} exclusions[] = {
    { "schedule", "interval", "a source has one or the other; remove one of them" },
    { "schedule", "min_interval", "a source has one or the other; remove one of them" },
    { "min_interval", "interval",
      "between min_interval and max_interval the distance follows the changes; remove interval" },
    { "windows", "schedule", "a schedule says the hours itself; move them there" },
};

static const struct entry *find(const struct entry *source, const char *key)
{
    return node_find(&source->value, key);
}

static void check_exclusions(struct binder *binder, const char *name, const struct entry *source)
{
    for (size_t i = 0; i < ARRAY_LEN(exclusions); i++) {
        const struct entry *entry = find(source, exclusions[i].key);
        if (entry && find(source, exclusions[i].other)) {
            problem_list_add(binder->problems, entry->key_place, "conflict",
                             "\"%s\" and \"%s\" exclude each other in source \"%s\": %s",
                             exclusions[i].key, exclusions[i].other, name, exclusions[i].why);
        }
    }
}

static void check_bounds(struct binder *binder, const struct source_settings *settings,
                         const struct entry *source)
{
    const struct entry *most = find(source, "max_interval");
    const struct entry *least = find(source, "min_interval");
    least = least ? least : find(source, "interval");
    int64_t least_ms =
        settings->min_interval_ms > 0 ? settings->min_interval_ms : settings->interval_ms;
    if (least && least_ms > settings->max_interval_ms && settings->max_interval_ms > 0 &&
        (most || settings->min_interval_ms > 0)) {
        problem_list_add(binder->problems, most ? most->value.place : least->value.place,
                         "out_of_bounds",
                         "\"max_interval\" of source \"%s\" is shorter than its \"%s\"; make it "
                         "longer",
                         settings->name, least->key);
    }
}

void check_schedule(struct binder *binder, struct source_settings *settings,
                    const struct entry *source)
{
    const struct entry *timezone = find(source, "timezone");
    check_exclusions(binder, settings->name, source);
    check_bounds(binder, settings, source);
    if (timezone && !find(source, "schedule") && !find(source, "windows")) {
        problem_list_add(binder->problems, timezone->key_place, "conflict",
                         "\"timezone\" of source \"%s\" changes nothing without \"schedule\" or "
                         "\"windows\"; remove it, or add one of them",
                         settings->name);
    }
    // What back-off and spread go by.
    if (settings->cron.minutes != 0) {
        settings->interval_ms = MINUTE_MS;
    } else if (settings->min_interval_ms > 0) {
        settings->interval_ms = settings->min_interval_ms;
    }
}
