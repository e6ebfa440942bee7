// The listener on the wire: what it answers, what it refuses, what it bears.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include "bridge/api/connection-limit.h"
#include "bridge/api/server.h"
#include "bridge/base/buf.h"
#include "bridge/base/metrics.h"
#include "bridge/base/problem.h"
#include "bridge/base/str.h"
#include "tests/unit/api/support.h"

struct fixture {
    struct event_base *base;
    struct metrics *metrics;
    struct api_server *server;
    bool ready;
};

static void collect(struct metrics_writer *writer, void *userdata)
{
    (void)userdata;
    metrics_family(writer, "pollbridge_test_total", METRICS_COUNTER, "A test.");
    metrics_sample(writer, NULL, 0, 7);
}

static bool is_ready(struct buf *why, void *userdata)
{
    const struct fixture *f = userdata;
    if (!f->ready) {
        assert_int_equal(buf_append_str(why, "polls: 3 are overdue\n"), 0);
    }
    return f->ready;
}

static int open_server(struct fixture *f, const char *listen, struct api_server **ret,
                       struct problem **reterr)
{
    const struct api_server_parts parts = {
        .base = f->base, .metrics = f->metrics, .is_ready = is_ready, .userdata = f
    };
    return api_server_new(ret, listen, &parts, reterr);
}

static int set_up(void **state)
{
    static struct fixture f;
    f = (struct fixture){ .ready = true };
    f.base = event_base_new();
    assert_int_equal(metrics_new(&f.metrics), 0);
    assert_int_equal(metrics_add_collector(f.metrics, collect, NULL), 0);
    assert_int_equal(open_server(&f, "127.0.0.1:0", &f.server, NULL), 0);
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    (void)api_server_free(f->server);
    (void)metrics_free(f->metrics);
    event_base_free(f->base);
    return 0;
}

static struct bufferevent *connect_to(struct fixture *f)
{
    return client_connect(f->base, f->server);
}

static void on_end(struct bufferevent *bev, short what, void *userdata)
{
    (void)bev;
    bool *ended = userdata;
    *ended = *ended || (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR)) != 0;
}

static char *exchange(struct fixture *f, const char *request, size_t len)
{
    return client_exchange(f->base, f->server, request, len);
}

static char *ask(struct fixture *f, const char *method, const char *path)
{
    return client_ask(f->base, f->server, method, path);
}

static const char *body_of(const char *answer)
{
    const char *end = strstr(answer, "\r\n\r\n");
    assert_non_null(end);
    return end + 4;
}

static void every_endpoint_answers_in_its_form(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *path, *status, *type, *body;
    } rows[] = {
        { "/healthz", "HTTP/1.1 200 OK\r\n", "Content-Type: text/plain; charset=utf-8\r\n",
          "ok\n" },
        { "/readyz", "HTTP/1.1 200 OK\r\n", "Content-Type: text/plain; charset=utf-8\r\n", "ok\n" },
        { "/healthz?verbose=1", "HTTP/1.1 200 OK\r\n",
          "Content-Type: text/plain; charset=utf-8\r\n", "ok\n" },
        { "/metrics", "HTTP/1.1 200 OK\r\n",
          "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n",
          "# HELP pollbridge_test_total A test.\n# TYPE pollbridge_test_total counter\n"
          "pollbridge_test_total 7\n" },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        AUTO_FREE char *answer = ask(f, "GET", rows[i].path);
        assert_true(str_starts(answer, rows[i].status));
        assert_non_null(strstr(answer, rows[i].type));
        assert_string_equal(body_of(answer), rows[i].body);
    }
}

static void not_ready_is_503_with_the_reasons(void **state)
{
    struct fixture *f = *state;
    f->ready = false;
    AUTO_FREE char *answer = ask(f, "GET", "/readyz");
    assert_true(str_starts(answer, "HTTP/1.1 503 Service Unavailable\r\n"));
    assert_string_equal(body_of(answer), "polls: 3 are overdue\n");
    AUTO_FREE char *alive = ask(f, "GET", "/healthz"); // the process lives all the same
    assert_true(str_starts(alive, "HTTP/1.1 200 OK\r\n"));
}

static void head_tells_the_length_and_sends_no_body(void **state)
{
    struct fixture *f = *state;
    AUTO_FREE char *answer = ask(f, "HEAD", "/healthz");
    assert_true(str_starts(answer, "HTTP/1.1 200 OK\r\n"));
    assert_non_null(strstr(answer, "Content-Length: 3\r\n"));
    assert_string_equal(body_of(answer), "");
}

static void answers_carry_no_server_header_and_are_not_sniffed(void **state)
{
    struct fixture *f = *state;
    static const char *const paths[] = { "/healthz", "/metrics", "/nothing" };
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        AUTO_FREE char *answer = ask(f, "GET", paths[i]);
        assert_non_null(strstr(answer, "X-Content-Type-Options: nosniff\r\n"));
        assert_non_null(strstr(answer, "Cache-Control: no-store\r\n"));
        assert_null(strcasestr(answer, "\r\nServer:"));
    }
}

static void unknown_paths_and_methods_are_errors_in_json(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *method, *path, *status, *code;
    } rows[] = {
        { "GET", "/", "404 Not Found", "not_found" },
        { "GET", "/healthz/", "404 Not Found", "not_found" },
        { "GET", "/HEALTHZ", "404 Not Found", "not_found" },
        { "GET", "//healthz", "404 Not Found", "not_found" },
        { "GET", "/%68ealthz", "404 Not Found", "not_found" },
        { "POST", "/nothing", "404 Not Found", "not_found" },
        { "POST", "/healthz", "405 Method Not Allowed", "method_not_allowed" },
        { "DELETE", "/metrics", "405 Method Not Allowed", "method_not_allowed" },
        { "PATCH", "/readyz", "405 Method Not Allowed", "method_not_allowed" },
        { "OPTIONS", "/readyz", "405 Method Not Allowed", "method_not_allowed" },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        AUTO_FREE char *answer = ask(f, rows[i].method, rows[i].path);
        if (!strstr(answer, rows[i].status)) {
            fail_msg("%s %s: %s", rows[i].method, rows[i].path, answer);
        }
        AUTO_FREE char *start = str_printf("{\"code\":\"%s\",\"detail\":\"", rows[i].code);
        assert_true(str_starts(body_of(answer), start));
        assert_true(str_ends(answer, "\"}\n"));
        assert_non_null(strstr(answer, "Content-Type: application/json\r\n"));
        if (strstr(rows[i].status, "405")) {
            assert_non_null(strstr(answer, "Allow: GET, HEAD\r\n"));
        }
    }
}

static void oversized_requests_are_cut_off(void **state)
{
    struct fixture *f = *state;
    AUTO_BUF struct buf request = { 0 };
    assert_int_equal(buf_append_str(&request, "GET /healthz HTTP/1.1\r\nHost: x\r\nA: "), 0);
    for (int i = 0; i < 20 * 1024; i++) {
        assert_int_equal(buf_append_char(&request, 'a'), 0);
    }
    assert_int_equal(buf_append_str(&request, "\r\n\r\n"), 0);
    AUTO_FREE char *answer = exchange(f, request.data, request.len);
    assert_null(strstr(answer, "200 OK"));

    const char *large = "POST /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n";
    AUTO_FREE char *refused = exchange(f, large, strlen(large));
    assert_null(strstr(refused, "200 OK"));
    assert_null(strstr(refused, "405"));
}

static void garbage_does_not_hurt(void **state)
{
    struct fixture *f = *state;
    static const char *const rows[] = {
        "\r\n\r\n\r\n\r\n",
        "GET\r\n\r\n",
        "FOO /healthz HTTP/1.1\r\nConnection: close\r\n\r\n",
        "GET /healthz HTTP/9.9\r\nConnection: close\r\n\r\n",
        "GET http://[ HTTP/1.1\r\nConnection: close\r\n\r\n",
        "\x16\x03\x01\x02\x01 tls hello\r\n\r\n",
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        AUTO_FREE char *answer = exchange(f, rows[i], strlen(rows[i]));
        assert_null(strstr(answer, "200 OK\r\nContent-Type: text/plain; version"));
    }
    AUTO_FREE char *alive = ask(f, "GET", "/healthz");
    assert_true(str_starts(alive, "HTTP/1.1 200 OK\r\n"));
}

static void a_port_in_use_is_told_in_words(void **state)
{
    struct fixture *f = *state;
    const char *listen = api_server_url(f->server) + strlen("http://");
    struct api_server *second = NULL;
    CLEANUP(problem_freep) struct problem *problem = NULL;
    assert_int_equal(open_server(f, listen, &second, &problem), -EADDRINUSE);
    assert_null(second);
    assert_string_equal(problem->code, "listen_failed");
    assert_non_null(strstr(problem->message, "another process uses this port"));
    assert_non_null(strstr(problem->message, listen));
}

// Idle connections up to the limit, and a client beyond it: it waits, and is served when one ends.
static void connections_beyond_the_limit_wait_their_turn(void **state)
{
    struct fixture *f = *state;
    struct bufferevent *idle[CONNECTIONS_MAX];
    for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
        idle[i] = connect_to(f);
        (void)event_base_loop(f->base, EVLOOP_NONBLOCK);
    }
    bool ended = false;
    struct bufferevent *late = connect_to(f);
    bufferevent_setcb(late, NULL, NULL, on_end, &ended);
    assert_int_equal(bufferevent_enable(late, EV_READ | EV_WRITE), 0);
    const char *request = "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    assert_int_equal(bufferevent_write(late, request, strlen(request)), 0);
    for (int i = 0; i < 50; i++) {
        (void)event_base_loop(f->base, EVLOOP_NONBLOCK);
    }
    assert_int_equal(evbuffer_get_length(bufferevent_get_input(late)), 0);
    bufferevent_free(idle[17]);
    while (!ended) {
        assert_int_equal(event_base_loop(f->base, EVLOOP_ONCE), 0);
    }
    assert_int_equal(evbuffer_search(bufferevent_get_input(late), "200 OK", 6, NULL).pos, 9);
    bufferevent_free(late);
    for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
        if (i != 17) {
            bufferevent_free(idle[i]);
        }
    }
}

// Many more connections than the limit, one after the other: ended ones do not count.
static void ended_connections_free_their_place(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < CONNECTIONS_MAX * 3; i++) {
        AUTO_FREE char *answer = ask(f, "GET", "/healthz");
        assert_true(str_starts(answer, "HTTP/1.1 200 OK\r\n"));
    }
}

static void it_ends_with_connections_open(void **state)
{
    struct fixture *f = *state;
    bool ended = false;
    struct bufferevent *bev = connect_to(f);
    bufferevent_setcb(bev, NULL, NULL, on_end, &ended);
    assert_int_equal(bufferevent_enable(bev, EV_READ | EV_WRITE), 0);
    const char *half = "GET /healthz HTTP/1.1\r\nHo";
    assert_int_equal(bufferevent_write(bev, half, strlen(half)), 0);
    for (int i = 0; i < 20; i++) {
        (void)event_base_loop(f->base, EVLOOP_NONBLOCK);
    }
    f->server = api_server_free(f->server);
    while (!ended) {
        assert_int_equal(event_base_loop(f->base, EVLOOP_ONCE), 0);
    }
    bufferevent_free(bev);
}

#define SERVER_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVER_TEST(every_endpoint_answers_in_its_form),
        SERVER_TEST(not_ready_is_503_with_the_reasons),
        SERVER_TEST(head_tells_the_length_and_sends_no_body),
        SERVER_TEST(answers_carry_no_server_header_and_are_not_sniffed),
        SERVER_TEST(unknown_paths_and_methods_are_errors_in_json),
        SERVER_TEST(oversized_requests_are_cut_off),
        SERVER_TEST(garbage_does_not_hurt),
        SERVER_TEST(a_port_in_use_is_told_in_words),
        SERVER_TEST(connections_beyond_the_limit_wait_their_turn),
        SERVER_TEST(ended_connections_free_their_place),
        SERVER_TEST(it_ends_with_connections_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
