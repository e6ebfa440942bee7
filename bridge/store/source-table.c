#include "bridge/store/source-table.h"

#include <errno.h>
#include <stdlib.h>

#include "bridge/spi/store.h"
#include "bridge/store/query.h"

static int read_place(struct query *q, struct source_place *ret)
{
    int r = query_step(q);
    if (r > 0) {
        ret->id = query_i64(q);
        ret->version = query_i64(q);
        ret->sequence = query_i64(q);
    }
    return query_end(q, r);
}

int source_table_find(struct database *db, int64_t id, const char *name, struct source_place *ret)
{
    struct query q;
    *ret = (struct source_place){ 0 };
    if (id != 0) {
        query_begin(&q, db, STATEMENT_SOURCE_BY_ID);
        query_bind_i64(&q, id);
        query_bind_text(&q, name);
        int r = read_place(&q, ret);
        if (r < 0 || ret->id != 0) {
            return r;
        }
    }
    query_begin(&q, db, STATEMENT_SOURCE_BY_NAME);
    query_bind_text(&q, name);
    return read_place(&q, ret);
}

// ?2 to ?18 of the statements that write a source.
static void bind_noted(struct query *q, const struct source_state *state)
{
    query_bind_i64(q, state->failing_told);
    query_bind_i64(q, state->held_told);
    query_bind_hash(q, state->rules);
    query_bind_hash(q, state->fingerprint);
    query_bind_hash(q, state->body_hash);
    query_bind_hash(q, state->request);
    query_bind_text(q, state->etag);
    query_bind_text(q, state->last_modified);
    query_bind_i64(q, state->last_poll_at_ms);
    query_bind_i64(q, state->last_success_at_ms);
    query_bind_i64(q, state->last_full_at_ms);
    query_bind_i64(q, state->failing_since_ms);
    query_bind_i64(q, state->failures);
    query_bind_i64(q, state->rest_until_ms);
    query_bind_i64(q, state->rest_by);
    query_bind_i64(q, state->changed_at_ms);
    query_bind_i64(q, state->stale_told);
}

static void bind_base(struct query *q, const struct source_state *state)
{
    query_bind_i64(q, state->version);
    query_bind_i64(q, state->sequence);
    query_bind_text(q, state->last_event_id[0] ? state->last_event_id : NULL);
    query_bind_i64(q, state->has_snapshot);
    query_bind_i64(q, state->noise_due_ms);
    query_bind_i64(q, state->noise_counts);
}

static int insert(struct database *db, const char *name, const struct source_state *state,
                  int64_t *ret_id)
{
    struct query q;
    query_begin(&q, db, STATEMENT_SOURCE_INSERT);
    query_bind_text(&q, name);
    bind_noted(&q, state);
    bind_base(&q, state);
    int r = query_run(&q);
    if (r == 0) {
        *ret_id = database_last_id(db);
    }
    return r;
}

int source_table_put(struct database *db, struct source_place *place, const char *name,
                     const struct source_state *state)
{
    if (place->id == 0) {
        return insert(db, name, state, &place->id);
    }
    struct query q;
    query_begin(&q, db, STATEMENT_SOURCE_UPDATE);
    query_bind_i64(&q, place->id);
    bind_noted(&q, state);
    bind_base(&q, state);
    return query_run(&q);
}

int source_table_note(struct database *db, const struct source_note *note)
{
    struct source_place place;
    int r = source_table_find(db, note->state.id, note->source, &place);
    bool begins = place.id == 0 && note->state.id == 0;
    if (r < 0 || (place.version != note->state.version && !begins)) {
        return r;
    }
    if (place.id == 0) {
        return insert(db, note->source, &note->state, &place.id);
    }
    struct query q;
    query_begin(&q, db, STATEMENT_SOURCE_NOTE);
    query_bind_i64(&q, place.id);
    bind_noted(&q, &note->state);
    query_bind_i64(&q, note->state.version);
    return query_run(&q);
}

int source_table_pause(struct database *db, const char *name, int64_t paused_at_ms)
{
    struct source_place place;
    int r = source_table_find(db, 0, name, &place);
    if (r == 0 && place.id == 0) {
        r = insert(db, name, &(struct source_state){ 0 }, &place.id);
    }
    if (r < 0) {
        return r;
    }
    struct query q;
    query_begin(&q, db, STATEMENT_SOURCE_PAUSE);
    query_bind_i64(&q, place.id);
    query_bind_i64(&q, paused_at_ms);
    return query_run(&q);
}

static int run_for(struct database *db, enum statement id, const char *name)
{
    struct query q;
    query_begin(&q, db, id);
    query_bind_text(&q, name);
    return query_run(&q);
}

// The row stays while events are stored that belong to it.
static int forget(struct database *db, const char *name)
{
    int r = run_for(db, STATEMENT_SOURCE_DROP_SNAPSHOT, name);
    r = r ? r : run_for(db, STATEMENT_SOURCE_DROP, name);
    return r ? r : run_for(db, STATEMENT_SOURCE_RESET, name);
}

int source_table_depart(struct database *db, const struct departure *departure)
{
    struct query q;
    if (departure->forget) {
        return forget(db, departure->source);
    }
    query_begin(&q, db, STATEMENT_SOURCE_DEPART);
    query_bind_text(&q, departure->source);
    query_bind_i64(&q, departure->left_at_ms);
    return query_run(&q);
}

static void read_noted(struct query *q, struct source_state *state)
{
    state->failing_told = query_i64(q) != 0;
    state->held_told = query_i64(q) != 0;
    state->rules = query_hash(q);
    state->fingerprint = query_hash(q);
    state->body_hash = query_hash(q);
    state->request = query_hash(q);
    query_text_dup(q, &state->etag);
    query_text_dup(q, &state->last_modified);
    state->last_poll_at_ms = query_i64(q);
    state->last_success_at_ms = query_i64(q);
    state->last_full_at_ms = query_i64(q);
    state->failing_since_ms = query_i64(q);
    state->failures = (unsigned)query_i64(q);
    state->rest_until_ms = query_i64(q);
    int64_t rest_by = query_i64(q);
    state->rest_by =
        rest_by >= 0 && rest_by < POLL_PACES ? (enum poll_pace)rest_by : POLL_BY_RETRY_AFTER;
    state->changed_at_ms = query_i64(q);
    state->stale_told = query_i64(q) != 0;
}

static void read_base(struct query *q, struct source_state *state)
{
    state->version = query_i64(q);
    state->sequence = query_i64(q);
    query_text_copy(q, state->last_event_id, sizeof(state->last_event_id));
    state->has_snapshot = query_i64(q) != 0;
    state->noise_due_ms = query_i64(q);
    state->noise_counts = query_i64(q) != 0;
}

static int grow(struct source_notes *notes, size_t *cap)
{
    if (notes->n < *cap) {
        return 0;
    }
    size_t more = *cap ? *cap * 2 : 64;
    struct source_note *v = reallocarray(notes->v, more, sizeof(*v));
    if (!v) {
        return -ENOMEM;
    }
    notes->v = v;
    *cap = more;
    return 0;
}

int source_table_load(struct database *db, struct source_notes *ret)
{
    struct source_notes notes = { 0 };
    size_t cap = 0;
    struct query q;
    query_begin(&q, db, STATEMENT_SOURCE_ALL);
    int r;
    while ((r = query_step(&q)) > 0) {
        r = grow(&notes, &cap);
        if (r < 0) {
            break;
        }
        struct source_note *note = &notes.v[notes.n++];
        *note = (struct source_note){ 0 };
        query_text_dup(&q, &note->source);
        read_noted(&q, &note->state);
        read_base(&q, &note->state);
        note->state.id = query_i64(&q);
        note->state.paused_at_ms = query_i64(&q);
        note->state.left_at_ms = query_i64(&q);
    }
    r = query_end(&q, r);
    if (r < 0) {
        source_notes_deinit(&notes);
        return r;
    }
    *ret = notes;
    return 0;
}
