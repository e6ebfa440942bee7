#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/deliver/fakes-inside.h"

enum fake_op_kind { FAKE_OTHER, FAKE_NOTE, FAKE_HOLD, FAKE_RELEASE, FAKE_CANCEL, FAKE_COMMIT };

struct fake_op {
    struct fake_op *next;
    enum fake_op_kind kind;
    char *sink;
    struct sink_health health;
    store_done_fn done;
    struct poll_commit *commit;
    store_commit_fn commit_done;
    struct attempt_list attempts;
    store_done_fn settle_done;
    store_deliveries_fn due_done;
    struct due_query due;
    void *userdata;
};

static void put(struct fake_store *store, struct fake_op *op)
{
    *(store->last ? &store->last->next : &store->first) = op;
    store->last = op;
    event_active(store->event, EV_TIMEOUT, 0);
}

static int settle(struct store *self, struct attempt_list *take, store_done_fn done, void *userdata)
{
    struct fake_store *store = (struct fake_store *)self;
    store->settle_calls++;
    if (store->settle_refusals > 0) {
        store->settle_refusals--;
        return -EAGAIN;
    }
    if (take->n > store->settle_largest) {
        store->settle_largest = take->n;
    }
    struct fake_op *op = calloc(1, sizeof(*op));
    assert_non_null(op);
    op->attempts = *take;
    *take = (struct attempt_list){ 0 };
    op->settle_done = done;
    op->userdata = userdata;
    put(store, op);
    return 0;
}

static int deliveries_due(struct store *self, const struct due_query *query,
                          store_deliveries_fn done, void *userdata)
{
    struct fake_store *store = (struct fake_store *)self;
    store->due_calls++;
    struct fake_op *op = calloc(1, sizeof(*op));
    assert_non_null(op);
    op->due = *query;
    op->due_done = done;
    op->userdata = userdata;
    put(store, op);
    return 0;
}

static int put_done(struct fake_store *store, enum fake_op_kind kind, const char *sink,
                    store_done_fn done, void *userdata)
{
    if (store->sink_refusals > 0) {
        store->sink_refusals--;
        return -EAGAIN;
    }
    struct fake_op *op = calloc(1, sizeof(*op));
    assert_non_null(op);
    op->kind = kind;
    op->sink = strdup(sink);
    op->done = done;
    op->userdata = userdata;
    put(store, op);
    return 0;
}

static int sink_note(struct store *self, const char *sink, const struct sink_health *health,
                     store_done_fn done, void *userdata)
{
    struct fake_store *store = (struct fake_store *)self;
    int r = put_done(store, FAKE_NOTE, sink, done, userdata);
    if (r == 0) {
        store->last->health = *health;
    }
    return r;
}

static int sink_hold(struct store *self, const char *sink, store_done_fn done, void *userdata)
{
    return put_done((struct fake_store *)self, FAKE_HOLD, sink, done, userdata);
}

static int sink_release(struct store *self, const char *sink, bool cancel, store_done_fn done,
                        void *userdata)
{
    return put_done((struct fake_store *)self, cancel ? FAKE_CANCEL : FAKE_RELEASE, sink, done,
                    userdata);
}

static int commit_poll(struct store *self, struct poll_commit *take, store_commit_fn done,
                       void *userdata)
{
    struct fake_store *store = (struct fake_store *)self;
    int r = put_done(store, FAKE_COMMIT, take->source, NULL, userdata);
    if (r == 0) {
        store->last->commit = take;
        store->last->commit_done = done;
    }
    return r;
}

static const struct store_ops ops = {
    .settle = settle,
    .deliveries_due = deliveries_due,
    .commit_poll = commit_poll,
    .sink_note = sink_note,
    .sink_hold = sink_hold,
    .sink_release = sink_release,
};

static void move(struct fake_store *store, const char *sink, bool to_held, enum delivery_state to)
{
    for (size_t i = 0; i < store->n; i++) {
        struct fake_row *row = &store->rows[i];
        bool waits = row->state == DELIVERY_PENDING || row->state == DELIVERY_RETRYING;
        if (strcmp(row->sink, sink) == 0 && (to_held ? waits : row->state == DELIVERY_HELD)) {
            row->state = to;
            row->next_at_ms = 0;
        }
    }
}

static void do_commit(struct fake_store *store, struct fake_op *op)
{
    store->commits++;
    assert_int_equal(op->commit->events.n, 1);
    free(store->told);
    const struct bytes *body = &op->commit->events.v[0].body;
    store->told = strndup(body->data, body->len);
    op->commit_done(store->sink_error, op->commit, op->userdata);
}

static void do_sink(struct fake_store *store, struct fake_op *op)
{
    if (op->kind == FAKE_COMMIT) {
        do_commit(store, op);
        free(op->sink);
        return;
    }
    if (store->sink_error == 0 && op->kind == FAKE_NOTE) {
        store->notes++;
        store->health = op->health;
    } else if (store->sink_error == 0) {
        move(store, op->sink, op->kind == FAKE_HOLD,
             op->kind == FAKE_HOLD      ? DELIVERY_HELD
             : op->kind == FAKE_RELEASE ? DELIVERY_PENDING
                                        : DELIVERY_CANCELED);
    }
    free(op->sink);
    op->done(store->sink_error, op->userdata);
}

static void do_settle(struct fake_store *store, struct fake_op *op)
{
    int result = store->settle_error;
    for (size_t i = 0; result == 0 && i < op->attempts.n; i++) {
        const struct attempt *attempt = &op->attempts.v[i];
        struct fake_row *row = &store->rows[attempt->delivery_id - 1];
        assert_int_equal(attempt->number, row->attempts + 1);
        row->attempts = attempt->number;
        row->state = attempt->state;
        row->next_at_ms = attempt->next_at_ms;
        row->status = attempt->status;
        row->response_len = attempt->response.len;
        row->settled++;
        free(row->error_code);
        row->error_code = attempt->error_code ? strdup(attempt->error_code) : NULL;
    }
    attempt_list_deinit(&op->attempts);
    op->settle_done(result, op->userdata);
}

static bool is_waiting(const struct fake_row *row)
{
    return row->state == DELIVERY_PENDING || row->state == DELIVERY_RETRYING;
}

void fake_delivery(const struct fake_row *row, struct delivery *ret)
{
    char body[32];
    int len = snprintf(body, sizeof(body), "body %lld", (long long)row->id);
    *ret = (struct delivery){
        .id = row->id,
        .sink = strdup(row->sink),
        .event_type = strdup("item.updated"),
        .source = strdup(row->source),
        .lane = row->lane ? strdup(row->lane) : NULL,
        .event_at_ms = row->event_at_ms,
        .state = row->state,
        .attempts = row->attempts,
        .next_at_ms = row->next_at_ms,
    };
    (void)snprintf(ret->event_id, sizeof(ret->event_id), "evt_%lld", (long long)row->id);
    assert_int_equal(bytes_dup(&ret->encoded.body, body, (size_t)len), 0);
}

static void do_due(struct fake_store *store, struct fake_op *op)
{
    struct delivery_list list = { 0 };
    if (store->due_errors > 0) {
        store->due_errors--;
        op->due_done(-EIO, &list, 0, op->userdata);
        return;
    }
    list.v = calloc(op->due.limit + 1, sizeof(*list.v));
    assert_non_null(list.v);
    for (size_t i = (size_t)op->due.after_id; i < store->n && list.n < op->due.limit; i++) {
        const struct fake_row *row = &store->rows[i];
        if (is_waiting(row) && row->next_at_ms <= op->due.now_ms &&
            strcmp(row->sink, op->due.sink) == 0) {
            fake_delivery(row, &list.v[list.n++]);
        }
    }
    if (list.n > store->due_largest) {
        store->due_largest = list.n;
    }
    op->due_done(0, &list, 0, op->userdata);
}

static void on_event(evutil_socket_t fd, short what, void *userdata)
{
    (void)fd;
    (void)what;
    struct fake_store *store = userdata;
    // One at a time, so that answers come in separate steps of the loop, in the order asked.
    struct fake_op *op = store->is_paused ? NULL : store->first;
    if (!op) {
        return;
    }
    fake_moved();
    store->first = op->next;
    store->last = store->first ? store->last : NULL;
    if (op->kind != FAKE_OTHER) {
        do_sink(store, op);
    } else if (op->settle_done) {
        do_settle(store, op);
    } else {
        do_due(store, op);
    }
    free(op);
    if (store->first) {
        event_active(store->event, EV_TIMEOUT, 0);
    }
}

void fake_store_open(struct fake_store *store, struct event_base *base)
{
    *store = (struct fake_store){ .store = { .ops = &ops } };
    store->event = evtimer_new(base, on_event, store);
    assert_non_null(store->event);
}

// Answers what is still asked, as a store's close does.
void fake_store_close(struct fake_store *store)
{
    store->is_paused = false;
    while (store->first) {
        on_event(-1, 0, store);
    }
    for (size_t i = 0; i < store->n; i++) {
        free(store->rows[i].sink);
        free(store->rows[i].source);
        free(store->rows[i].lane);
        free(store->rows[i].error_code);
    }
    free(store->rows);
    free(store->told);
    event_free(store->event);
}

int64_t fake_store_add(struct fake_store *store, const char *sink, const char *lane,
                       int64_t event_at_ms)
{
    if (store->n == store->cap) {
        store->cap = store->cap ? store->cap * 2 : 64;
        store->rows = reallocarray(store->rows, store->cap, sizeof(*store->rows));
        assert_non_null(store->rows);
    }
    struct fake_row *row = &store->rows[store->n++];
    *row = (struct fake_row){
        .id = (int64_t)store->n,
        .sink = strdup(sink),
        .source = strdup("orders"),
        .lane = lane ? strdup(lane) : NULL,
        .event_at_ms = event_at_ms,
    };
    return row->id;
}
