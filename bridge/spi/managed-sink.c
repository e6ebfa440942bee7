#include "bridge/spi/managed-sink.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void managed_sink_deinit(struct managed_sink *sink)
{
    free(sink->name);
    if (sink->settings) {
        explicit_bzero(sink->settings, strlen(sink->settings));
    }
    free(sink->settings);
    *sink = (struct managed_sink){ 0 };
}

int managed_sink_copy(struct managed_sink *ret, const struct managed_sink *from)
{
    CLEANUP(managed_sink_deinit) struct managed_sink copy = *from;
    copy.name = strdup(from->name);
    copy.settings = strdup(from->settings);
    if (!copy.name || !copy.settings) {
        return -ENOMEM;
    }
    *ret = copy;
    copy = (struct managed_sink){ 0 };
    return 0;
}

void managed_sinks_deinit(struct managed_sinks *sinks)
{
    for (size_t i = 0; i < sinks->n; i++) {
        managed_sink_deinit(&sinks->v[i]);
    }
    free(sinks->v);
    *sinks = (struct managed_sinks){ 0 };
}
