#include "bridge/spi/settings-compose.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/spi/settings.h"

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct sink_settings *)a)->name, ((const struct sink_settings *)b)->name);
}

static void add_sinks(struct settings *composed, const struct settings *part)
{
    if (part->sink_count > 0) {
        memcpy(&composed->sinks[composed->sink_count], part->sinks,
               part->sink_count * sizeof(*part->sinks));
        composed->sink_count += part->sink_count;
    }
}

static size_t count_sinks(const struct settings *file, struct settings *const sinks[], size_t n)
{
    size_t all = file->sink_count;
    for (size_t i = 0; i < n; i++) {
        all += sinks[i]->sink_count;
    }
    return all;
}

int settings_compose(struct settings **ret, struct settings *file, struct settings *const sinks[],
                     size_t n)
{
    struct settings *composed = malloc(sizeof(*composed));
    struct settings **parts = calloc(n + 1, sizeof(*parts));
    struct sink_settings *all = calloc(count_sinks(file, sinks, n) + 1, sizeof(*all));
    if (!composed || !parts || !all) {
        free(composed);
        free(parts);
        free(all);
        return -ENOMEM;
    }
    *composed = *file;
    composed->refs = 1;
    composed->sinks = all;
    composed->sink_count = 0;
    composed->parts = parts;
    composed->part_count = n + 1;
    parts[0] = settings_ref(file);
    add_sinks(composed, file);
    for (size_t i = 0; i < n; i++) {
        parts[i + 1] = settings_ref(sinks[i]);
        add_sinks(composed, sinks[i]);
    }
    qsort(all, composed->sink_count, sizeof(*all), by_name);
    *ret = composed;
    return 0;
}
