#include "bridge/spi/store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

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
        suppression_list_deinit(&notes->v[i].suppressed);
    }
    free(notes->v);
    *notes = (struct source_notes){ 0 };
}

void renewal_deinit(struct renewal *renewal)
{
    free(renewal->auth);
    secret_deinit(&renewal->value);
    *renewal = (struct renewal){ 0 };
}

int renewal_copy(struct renewal *ret, const struct renewal *from)
{
    *ret = (struct renewal){ .auth = strdup(from->auth) };
    memcpy(ret->seed, from->seed, sizeof(ret->seed));
    return ret->auth ? secret_init(&ret->value, from->value.data, from->value.len) : -ENOMEM;
}

void renewal_list_deinit(struct renewal_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        renewal_deinit(&list->v[i]);
    }
    free(list->v);
    *list = (struct renewal_list){ 0 };
}

int renewal_list_add(struct renewal_list *list, struct renewal *take)
{
    struct renewal *v = reallocarray(list->v, list->n + 1, sizeof(*v));
    if (!v) {
        return -ENOMEM;
    }
    list->v = v;
    v[list->n++] = *take;
    *take = (struct renewal){ 0 };
    return 0;
}

void departure_list_deinit(struct departure_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        free(list->v[i].source);
    }
    free(list->v);
    *list = (struct departure_list){ 0 };
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

void stored_answer_deinit(struct stored_answer *answer)
{
    free(answer->key);
    bytes_deinit(&answer->body);
    *answer = (struct stored_answer){ 0 };
}

int stored_answer_copy(struct stored_answer *ret, const struct stored_answer *from)
{
    CLEANUP(stored_answer_deinit) struct stored_answer copy = *from;
    copy.key = strdup(from->key);
    copy.body = (struct bytes){ 0 };
    int r = copy.key ? bytes_dup(&copy.body, from->body.data, from->body.len) : -ENOMEM;
    if (r == 0) {
        *ret = copy;
        copy = (struct stored_answer){ 0 };
    }
    return r;
}

void store_closep(struct store **store)
{
    if (*store) {
        (void)(*store)->ops->close(*store);
    }
}

int store_load_snapshot(struct store *store, const char *source, struct snapshot *ret)
{
    struct store_reader *reader = NULL;
    int r = store->ops->reader_new(store, &reader);
    r = r ? r : store->ops->reader_snapshot(reader, source, ret);
    (void)store->ops->reader_free(reader);
    return r;
}
