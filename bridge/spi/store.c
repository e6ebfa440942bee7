#include "bridge/spi/store.h"

#include <stdlib.h>

void poll_commit_free(struct poll_commit *commit)
{
    if (!commit) {
        return;
    }
    free(commit->source);
    source_state_deinit(&commit->state);
    snapshot_deinit(&commit->snapshot);
    event_list_deinit(&commit->events);
    delivery_list_deinit(&commit->deliveries);
    free(commit);
}

void source_notes_deinit(struct source_notes *notes)
{
    for (size_t i = 0; i < notes->n; i++) {
        free(notes->v[i].source);
        source_state_deinit(&notes->v[i].state);
    }
    free(notes->v);
    *notes = (struct source_notes){ 0 };
}

void attempt_list_deinit(struct attempt_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        attempt_deinit(&list->v[i]);
    }
    free(list->v);
    *list = (struct attempt_list){ 0 };
}

void sink_depths_free(struct sink_depth *depths, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        free(depths[i].sink);
    }
    free(depths);
}
