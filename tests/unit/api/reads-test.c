// Answers that a worker finds: many at once, late, and for those who are gone by then.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <stdatomic.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include "bridge/api/reads.h"
#include "bridge/api/server.h"
#include "bridge/base/metrics.h"
#include "bridge/base/str.h"
#include "bridge/base/workers.h"
#include "bridge/spi/store.h"
#include "bridge/spi/worker.h"
#include "tests/unit/api/support.h"

struct fixture {
    struct event_base *base;
    struct metrics *metrics;
    struct workers *workers;
    struct store store;
    struct worker worker;
    struct api_server *server;
};

static atomic_int under_way;
static atomic_int most;
static atomic_bool closed; // reads wait
static int fault;          // what a read returns
static store_watch_fn watcher;
static void *watcher_userdata;

// ---- a store with one event ----

static int read_events(struct store_reader *reader, const struct event_query *query,
                       event_row_fn visit, void *userdata, struct listing_end *ret)
{
    (void)reader;
    static const char body[] = "{\"id\":\"evt_1\"}";
    const struct event_row row = { .id = 7,
                                   .event_id = "evt_1",
                                   .type = "item.created",
                                   .source = "s",
                                   .sequence = 1,
                                   .body = body,
                                   .body_len = sizeof(body) - 1 };
    int now = atomic_fetch_add(&under_way, 1) + 1;
    if (now > atomic_load(&most)) {
        atomic_store(&most, now);
    }
    while (atomic_load(&closed)) {
        (void)usleep(1000);
    }
    *ret = (struct listing_end){ .place = query->after, .done = true };
    if (query->after.id < 7 && fault == 0) {
        (void)visit(&row, userdata);
        ret->place.id = 7;
    }
    (void)atomic_fetch_sub(&under_way, 1);
    return fault;
}

static void watch(struct store *store, store_watch_fn stored, void *userdata)
{
    (void)store;
    watcher = stored;
    watcher_userdata = userdata;
}

static const struct store_ops ops = { .reader_events = read_events, .watch = watch };

static bool is_ready(struct buf *why, void *userdata)
{
    (void)why;
    (void)userdata;
    return true;
}

static int make_context(void **ret, void *userdata)
{
    *ret = userdata;
    return 0;
}

static void drop_context(void *context)
{
    (void)context;
}

static int set_up(void **state)
{
    static struct fixture f;
    f = (struct fixture){ .store = { .ops = &ops } };
    f.worker.store = &f.store;
    fault = 0;
    atomic_store(&most, 0);
    atomic_store(&closed, false);
    f.base = event_base_new();
    assert_int_equal(metrics_new(&f.metrics), 0);
    const struct workers_settings settings = {
        .threads = 8, .ctx_new = make_context, .ctx_free = drop_context, .userdata = &f.worker
    };
    assert_int_equal(workers_new(&f.workers, f.base, &settings), 0);
    const struct api_server_parts parts = { .base = f.base,
                                            .metrics = f.metrics,
                                            .workers = f.workers,
                                            .store = &f.store,
                                            .is_ready = is_ready };
    assert_int_equal(api_server_new(&f.server, "127.0.0.1:0", &parts, NULL), 0);
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    atomic_store(&closed, false);
    (void)api_server_free(f->server);
    (void)workers_free(f->workers);
    (void)metrics_free(f->metrics);
    event_base_free(f->base);
    return 0;
}

static void turn(struct fixture *f)
{
    (void)event_base_loop(f->base, EVLOOP_NONBLOCK);
    (void)usleep(1000);
}

// A question on a connection of its own, sent and not waited for.
static struct bufferevent *begin(struct fixture *f, const char *path)
{
    struct bufferevent *bev = client_connect(f->base, f->server);
    AUTO_FREE char *request = str_printf("GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", path);
    assert_int_equal(bufferevent_enable(bev, EV_READ | EV_WRITE), 0);
    assert_int_equal(bufferevent_write(bev, request, strlen(request)), 0);
    return bev;
}

static void wait_for_text(struct fixture *f, struct bufferevent *bev, const char *text)
{
    struct evbuffer *input = bufferevent_get_input(bev);
    while (evbuffer_search(input, text, strlen(text), NULL).pos < 0) {
        turn(f);
    }
}

static void wait_for_reads(struct fixture *f, int n)
{
    while (atomic_load(&under_way) < n) {
        turn(f);
    }
}

static void what_the_store_has_is_answered(void **state)
{
    struct fixture *f = *state;
    AUTO_FREE char *page = client_ask(f->base, f->server, "GET", "/v1/events");
    assert_non_null(
        strstr(page, "{\"data\":[{\"id\":\"evt_1\"}],\"iterator\":\"7\",\"done\":true}\n"));
    AUTO_FREE char *rest = client_ask(f->base, f->server, "GET", "/v1/events?iterator=7");
    assert_non_null(strstr(rest, "{\"data\":[],\"iterator\":\"7\",\"done\":true}\n"));
}

static void a_fault_of_the_store_is_an_answer_too(void **state)
{
    struct fixture *f = *state;
    fault = -EIO;
    AUTO_FREE char *answer = client_ask(f->base, f->server, "GET", "/v1/events");
    assert_true(str_starts(answer, "HTTP/1.1 500 "));
    assert_non_null(strstr(answer, "{\"code\":\"internal_error\",\"detail\":\"Input/output error"));
}

static void a_few_read_at_a_time_and_all_are_answered(void **state)
{
    struct fixture *f = *state;
    struct bufferevent *asked[READS_AT_ONCE * 8];
    atomic_store(&closed, true);
    for (size_t i = 0; i < ARRAY_LEN(asked); i++) {
        asked[i] = begin(f, "/v1/events");
    }
    wait_for_reads(f, READS_AT_ONCE);
    for (int i = 0; i < 50; i++) {
        turn(f);
    }
    atomic_store(&closed, false);
    for (size_t i = 0; i < ARRAY_LEN(asked); i++) {
        wait_for_text(f, asked[i], "evt_1");
        bufferevent_free(asked[i]);
    }
    assert_int_equal(atomic_load(&most), READS_AT_ONCE);
}

static void an_answer_for_somebody_who_left_goes_nowhere(void **state)
{
    struct fixture *f = *state;
    atomic_store(&closed, true);
    struct bufferevent *gone = begin(f, "/v1/events");
    wait_for_reads(f, 1);
    bufferevent_free(gone);
    for (int i = 0; i < 20; i++) {
        turn(f);
    }
    atomic_store(&closed, false);
    AUTO_FREE char *next = client_ask(f->base, f->server, "GET", "/v1/events");
    assert_non_null(strstr(next, "evt_1"));
}

// Some run and some wait while the listener goes; the workers end afterwards.
static void the_listener_may_go_while_answers_are_sought(void **state)
{
    struct fixture *f = *state;
    struct bufferevent *asked[READS_AT_ONCE * 2];
    atomic_store(&closed, true);
    for (size_t i = 0; i < ARRAY_LEN(asked); i++) {
        asked[i] = begin(f, i % 3 ? "/v1/events" : "/v1/events/stream");
    }
    wait_for_reads(f, READS_AT_ONCE);
    for (int i = 0; i < 20; i++) {
        turn(f);
    }
    f->server = api_server_free(f->server);
    atomic_store(&closed, false);
    for (size_t i = 0; i < ARRAY_LEN(asked); i++) {
        bufferevent_free(asked[i]);
    }
}

static void a_stream_reads_when_the_store_says_so(void **state)
{
    struct fixture *f = *state;
    struct bufferevent *stream = begin(f, "/v1/events/stream?last_event_id=0");
    wait_for_text(f, stream, "id: 7\nevent: item.created\ndata: {\"id\":\"evt_1\"}\n\n");
    size_t before = evbuffer_get_length(bufferevent_get_input(stream));
    watcher(watcher_userdata); // nothing new behind it
    for (int i = 0; i < 30; i++) {
        turn(f);
    }
    assert_int_equal(evbuffer_get_length(bufferevent_get_input(stream)), before);
    bufferevent_free(stream);
    for (int i = 0; i < 10; i++) {
        turn(f);
    }
    watcher(watcher_userdata); // whoever is gone is not written to
}

#define READS_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        READS_TEST(what_the_store_has_is_answered),
        READS_TEST(a_fault_of_the_store_is_an_answer_too),
        READS_TEST(a_few_read_at_a_time_and_all_are_answered),
        READS_TEST(an_answer_for_somebody_who_left_goes_nowhere),
        READS_TEST(the_listener_may_go_while_answers_are_sought),
        READS_TEST(a_stream_reads_when_the_store_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
