#include "bridge/model/snapshot.h"

#include <errno.h>
#include <string.h>

void snapshot_deinit(struct snapshot *snapshot)
{
    bytes_deinit(&snapshot->document);
    bytes_deinit(&snapshot->raw);
    bytes_deinit(&snapshot->noise);
    free(snapshot->key);
    *snapshot = (struct snapshot){ 0 };
}

void source_state_deinit(struct source_state *state)
{
    free(state->etag);
    free(state->last_modified);
    *state = (struct source_state){ 0 };
}

int source_state_copy(struct source_state *ret, const struct source_state *from)
{
    AUTO_FREE char *etag = from->etag ? strdup(from->etag) : NULL;
    AUTO_FREE char *last_modified = from->last_modified ? strdup(from->last_modified) : NULL;
    if ((from->etag && !etag) || (from->last_modified && !last_modified)) {
        return -ENOMEM;
    }
    *ret = *from;
    ret->etag = STEAL(etag);
    ret->last_modified = STEAL(last_modified);
    return 0;
}
