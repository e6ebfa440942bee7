// The client against servers that misbehave, against limits, and against its own caller's changes
// of mind.
#include <string.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include "bridge/base/str.h"
#include "world.h"

#define HELLO "hello hello hello hello\n"
#define GZIPPED_HELLO                                                                              \
    "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 29\r\n\r\n"                      \
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xcb\x48\xcd\xc9\xc9\x57\xc8\x40\x27\xb9\x00\x00"     \
    "\x88\x59\x0b\x18\x00\x00\x00"

static void serve_large_header(struct bufferevent *bev, const char *request, void *userdata)
{
    struct evbuffer *out = bufferevent_get_output(bev);
    const size_t *len = userdata;
    AUTO_FREE char *text = malloc(*len + 1);
    (void)request;
    assert_non_null(text);
    memset(text, 'x', *len);
    text[*len] = '\0';
    assert_true(evbuffer_add_printf(out, "HTTP/1.1 200 OK\r\nX: %s\r\nContent-Length: 0\r\n\r\n",
                                    text) > 0);
}

// Deflate with the fixed codes: a zero, then matches of 258 bytes one byte back, 13 bits each.
struct bits {
    struct evbuffer *out;
    unsigned byte;
    unsigned n;
};

static void put_bits(struct bits *bits, unsigned code, unsigned n)
{
    for (unsigned i = n; i-- > 0;) {
        bits->byte |= ((code >> i) & 1U) << bits->n;
        if (++bits->n == 8) {
            unsigned char byte = (unsigned char)bits->byte;
            assert_int_equal(evbuffer_add(bits->out, &byte, 1), 0);
            *bits = (struct bits){ .out = bits->out };
        }
    }
}

static void serve_bomb(struct bufferevent *bev, const char *request, void *userdata)
{
    static const char head[] = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n"
                               "\x1f\x8b\x08\0\0\0\0\0\0\xff";
    struct bits bits = { .out = bufferevent_get_output(bev) };
    (void)request;
    (void)userdata;
    assert_int_equal(evbuffer_add(bits.out, head, sizeof(head) - 1), 0);
    put_bits(&bits, 2, 3); // not the last block, fixed codes
    put_bits(&bits, 0x30, 8);
    for (unsigned i = 0; i < 250000; i++) {
        put_bits(&bits, 0xc5, 8);
        put_bits(&bits, 0, 5);
    }
}

static void serve_drops(struct bufferevent *bev, const char *request, void *userdata);

static size_t header_of_70_kb = 70000;
static size_t header_of_200_kb = 200000;
static size_t header_of_60_kb = 60000;

static const struct route routes[] = {
    { .path = "/ok", .answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" },
    { .path = "/large",
      .answer = "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n"
                "01234567890123456789" },
    { .path = "/silent" },
    { .path = "/stalls", .answer = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npart" },
    { .path = "/headless", .answer = "HTTP/1.1 200 OK\r\nContent-Le" },
    { .path = "/drops", .serve = serve_drops },
    { .path = "/short",
      .answer = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npart",
      .then = ROUTE_CLOSE },
    { .path = "/reset", .then = ROUTE_RESET },
    { .path = "/goodbye", .answer = "", .len = 0, .then = ROUTE_CLOSE },
    { .path = "/ssh", .answer = "SSH-2.0-OpenSSH_9.2\r\n", .then = ROUTE_CLOSE },
    { .path = "/chunk", .answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n" },
    { .path = "/gzip", .answer = GZIPPED_HELLO, .len = sizeof(GZIPPED_HELLO) - 1 },
    { .path = "/nogzip",
      .answer = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n"
                "Content-Length: 9\r\n\r\nnot gzip!" },
    { .path = "/bomb", .serve = serve_bomb },
    { .path = "/header60", .serve = serve_large_header, .userdata = &header_of_60_kb },
    { .path = "/header70", .serve = serve_large_header, .userdata = &header_of_70_kb },
    { .path = "/header200", .serve = serve_large_header, .userdata = &header_of_200_kb },
    { 0 },
};

static int set_up(void **state)
{
    static struct world world;
    world_open(&world, routes);
    *state = &world;
    return 0;
}

static int tear_down(void **state)
{
    world_close(*state);
    return 0;
}

static void expect_error(const struct outcome *outcome, enum http_error error)
{
    assert_string_equal(http_error_code(outcome->response.error), http_error_code(error));
    assert_false(str_is_empty(outcome->response.error_text));
}

static void expect_ok(struct world *world)
{
    AUTO_OUTCOME struct outcome outcome = { 0 };
    world_get(world, "/ok", &outcome);
    assert_int_equal(outcome.response.error, HTTP_NO_ERROR);
    assert_string_equal(outcome.response.body.data, "ok");
}

static void broken_answers_are_told_apart(void **state)
{
    static const struct {
        const char *path;
        enum http_error error;
        bool nothing_received;
    } cases[] = {
        { "/short", HTTP_PROTOCOL_ERROR, false },
        { "/reset", HTTP_CONNECTION_RESET, true },
        { "/goodbye", HTTP_CONNECTION_RESET, true },
        { "/ssh", HTTP_PROTOCOL_ERROR, true },
        { "/chunk", HTTP_PROTOCOL_ERROR, false },
        { "/nogzip", HTTP_PROTOCOL_ERROR, false },
        { "/header70", HTTP_RESPONSE_TOO_LARGE, false },
        { "/header200", HTTP_RESPONSE_TOO_LARGE, false },
        { "/bomb", HTTP_RESPONSE_TOO_LARGE, false },
    };
    struct world *world = *state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO_OUTCOME struct outcome outcome = { 0 };
        AUTO_REQUEST struct http_request request = world_request(world, cases[i].path);
        request.decompress = true;
        world_ask(world, &request, &outcome);
        expect_error(&outcome, cases[i].error);
        if (cases[i].error == HTTP_CONNECTION_RESET) {
            assert_true(outcome.response.nothing_received);
        }
        expect_ok(world);
    }
}

static void a_header_block_below_the_cap_passes(void **state)
{
    AUTO_OUTCOME struct outcome outcome = { 0 };
    world_get(*state, "/header60", &outcome);
    assert_int_equal(outcome.response.error, HTTP_NO_ERROR);
    assert_int_equal(strlen(headers_get(&outcome.response.headers, "X")), header_of_60_kb);
}

static void a_compressed_body_is_undone_where_asked_for(void **state)
{
    struct world *world = *state;
    for (int decompress = 0; decompress < 2; decompress++) {
        AUTO_OUTCOME struct outcome outcome = { 0 };
        AUTO_REQUEST struct http_request request = world_request(world, "/gzip");
        request.decompress = decompress != 0;
        world_ask(world, &request, &outcome);
        assert_int_equal(outcome.response.error, HTTP_NO_ERROR);
        assert_int_equal(outcome.response.body.len, decompress ? strlen(HELLO) : 29);
        bool offered = strstr(server_last(world->server), "Accept-Encoding: gzip") != NULL;
        assert_int_equal(offered, decompress);
    }
}

// 64 MB out of 400 KB: what counts is the size after it.
static void a_bomb_ends_at_the_limit(void **state)
{
    struct world *world = *state;
    AUTO_OUTCOME struct outcome outcome = { 0 };
    AUTO_REQUEST struct http_request request = world_request(world, "/bomb");
    request.decompress = true;
    request.truncate_body = true;
    request.max_body_bytes = 100000;
    world_ask(world, &request, &outcome);
    assert_int_equal(outcome.response.error, HTTP_NO_ERROR);
    assert_int_equal(outcome.response.body.len, 100000);
    assert_true(outcome.response.truncated);
    assert_int_equal(outcome.response.body.data[99999], 0);
}

static void a_body_over_the_limit_fails_or_is_cut_as_asked(void **state)
{
    static const struct {
        uint64_t max;
        bool cut;
        enum http_error error;
        size_t len;
        bool truncated;
    } cases[] = {
        { 20, false, HTTP_NO_ERROR, 20, false }, { 19, false, HTTP_RESPONSE_TOO_LARGE, 0, false },
        { 19, true, HTTP_NO_ERROR, 19, true },   { 20, true, HTTP_NO_ERROR, 20, false },
        { 0, true, HTTP_NO_ERROR, 0, true },
    };
    struct world *world = *state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO_OUTCOME struct outcome outcome = { 0 };
        AUTO_REQUEST struct http_request request = world_request(world, "/large");
        request.max_body_bytes = cases[i].max;
        request.truncate_body = cases[i].cut;
        world_ask(world, &request, &outcome);
        assert_int_equal(outcome.response.error, cases[i].error);
        assert_int_equal(outcome.response.status, 200);
        assert_int_equal(outcome.response.body.len, cases[i].len);
        assert_int_equal(outcome.response.truncated, cases[i].truncated);
    }
}

static void on_drop(evutil_socket_t fd, short what, void *userdata)
{
    struct bufferevent *bev = userdata;
    (void)fd;
    (void)what;
    assert_int_equal(bufferevent_write(bev, "x", 1), 0);
}

static struct event *dropping;

// A byte every few milliseconds: never silent, never done.
static void serve_drops(struct bufferevent *bev, const char *request, void *userdata)
{
    static const char head[] = "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n";
    const struct timeval often = { .tv_usec = 5000 };
    (void)request;
    (void)userdata;
    assert_int_equal(bufferevent_write(bev, head, sizeof(head) - 1), 0);
    dropping = event_new(bufferevent_get_base(bev), -1, EV_PERSIST, on_drop, bev);
    assert_int_equal(event_add(dropping, &often), 0);
}

static void on_timed_out(struct http_response *response, void *userdata)
{
    if (dropping) { // before its connection goes
        event_free(dropping);
        dropping = NULL;
    }
    outcome_note(response, userdata);
}

static void the_time_out_covers_everything_up_to_the_last_byte(void **state)
{
    static const char *const paths[] = { "/silent", "/headless", "/stalls", "/drops" };
    struct world *world = *state;
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        AUTO_OUTCOME struct outcome outcome = { .base = world->base };
        AUTO_REQUEST struct http_request request = world_request(world, paths[i]);
        request.timeout_ms = 150;
        assert_int_equal(http_start(world->client, &request, on_timed_out, &outcome, NULL), 0);
        world_run(world->base);
        expect_error(&outcome, HTTP_TIMEOUT_TOTAL);
        assert_true(outcome.response.total_us >= 140000);
        assert_true(outcome.response.total_us < 5000000);
    }
    expect_ok(world);
}

static int bind_loopback(struct sockaddr_in *address)
{
    socklen_t len = sizeof(*address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    *address = (struct sockaddr_in){ .sin_family = AF_INET };
    address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(fd, (struct sockaddr *)(void *)address, len), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)(void *)address, &len), 0);
    return fd;
}

static void ask_port(struct world *world, unsigned port, struct outcome *ret)
{
    AUTO_REQUEST struct http_request request = world_request(world, "/");
    free(request.url);
    request.url = str_printf("http://127.0.0.1:%u/", port);
    request.connect_timeout_ms = 200;
    world_ask(world, &request, ret);
}

static void a_closed_port_is_a_refused_connection(void **state)
{
    struct sockaddr_in address;
    AUTO_OUTCOME struct outcome outcome = { 0 };
    int fd = bind_loopback(&address); // bound, but nobody listens
    ask_port(*state, ntohs(address.sin_port), &outcome);
    expect_error(&outcome, HTTP_CONNECTION_REFUSED);
    assert_true(outcome.response.nothing_received);
    assert_int_equal(close(fd), 0);
}

// A listener whose queue is full drops what comes: as silent as a host that is not there.
static void a_host_that_is_silent_is_a_time_out_of_the_connect(void **state)
{
    struct sockaddr_in address;
    AUTO_OUTCOME struct outcome outcome = { 0 };
    AUTO_CLOSE int fd = bind_loopback(&address);
    int fillers[3];
    assert_int_equal(listen(fd, 0), 0);
    for (size_t i = 0; i < ARRAY_LEN(fillers); i++) {
        fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        (void)connect(fillers[i], (struct sockaddr *)(void *)&address, sizeof(address));
    }
    ask_port(*state, ntohs(address.sin_port), &outcome);
    expect_error(&outcome, HTTP_TIMEOUT_CONNECT);
    for (size_t i = 0; i < ARRAY_LEN(fillers); i++) {
        (void)close(fillers[i]);
    }
}

static void a_name_that_does_not_exist_is_a_dns_error(void **state)
{
    AUTO_OUTCOME struct outcome outcome = { 0 };
    AUTO_REQUEST struct http_request request = world_request(*state, "/");
    free(request.url);
    request.url = strdup("http://does-not-exist.invalid/");
    world_ask(*state, &request, &outcome);
    expect_error(&outcome, HTTP_DNS_ERROR);
}

static void a_bad_url_arrives_in_done_too(void **state)
{
    AUTO_OUTCOME struct outcome outcome = { 0 };
    AUTO_REQUEST struct http_request request = world_request(*state, "/");
    free(request.url);
    request.url = strdup("gopher://a/");
    world_ask(*state, &request, &outcome);
    expect_error(&outcome, HTTP_PROTOCOL_ERROR);
}

static void a_kept_connection_that_is_reset_costs_one_more_try(void **state)
{
    struct world *world = *state;
    AUTO_OUTCOME struct outcome outcome = { 0 };
    AUTO_REQUEST struct http_request request = world_request(world, "/ok");
    request.method = strdup("POST");
    assert_int_equal(bytes_dup(&request.body, "body", 4), 0);
    expect_ok(world);
    server_reset_next(world->server, 1);
    world_ask(world, &request, &outcome);
    assert_int_equal(outcome.response.error, HTTP_NO_ERROR);
    assert_int_equal(server_requests(world->server), 3);
    assert_true(str_ends(server_last(world->server), "\r\n\r\nbody"));
    server_reset_next(world->server, 100);
    world_ask(world, &request, &outcome);
    expect_error(&outcome, HTTP_CONNECTION_RESET);
    assert_true(outcome.response.nothing_received);
    assert_int_equal(server_requests(world->server), 5);
}

static void a_new_connection_that_is_reset_is_not_tried_again(void **state)
{
    struct world *world = *state;
    AUTO_OUTCOME struct outcome outcome = { 0 };
    server_reset_next(world->server, 100);
    world_get(world, "/ok", &outcome);
    expect_error(&outcome, HTTP_CONNECTION_RESET);
    assert_int_equal(server_requests(world->server), 1);
}

struct canceler {
    struct outcome outcome;
    struct http_transfer *other;
};

static void on_done_cancel_other(struct http_response *response, void *userdata)
{
    struct canceler *canceler = userdata;
    http_cancel(canceler->other);
    outcome_note(response, &canceler->outcome);
}

static void what_is_canceled_is_never_heard_of_again(void **state)
{
    struct world *world = *state;
    struct http_client_stats stats;
    AUTO_OUTCOME struct outcome never = { 0 };
    AUTO_REQUEST struct http_request silent = world_request(world, "/silent");
    AUTO_REQUEST struct http_request stalls = world_request(world, "/stalls");
    AUTO_REQUEST struct http_request bad = world_request(world, "/ok");
    struct http_transfer *transfers[3];
    free(bad.url);
    bad.url = strdup("nonsense");
    const struct http_request *requests[] = { &silent, &stalls, &bad };
    for (size_t i = 0; i < ARRAY_LEN(requests); i++) { // at once: before it has begun
        assert_int_equal(
            http_start(world->client, requests[i], outcome_note, &never, &transfers[0]), 0);
        http_cancel(transfers[0]);
    }
    for (size_t i = 0; i < 2; i++) { // and in the midst of it
        assert_int_equal(
            http_start(world->client, requests[i], outcome_note, &never, &transfers[i]), 0);
    }
    while (server_requests(world->server) < 2) {
        assert_int_equal(event_base_loop(world->base, EVLOOP_ONCE), 0);
    }
    http_cancel(transfers[0]);
    http_cancel(transfers[1]);
    expect_ok(world);
    assert_int_equal(never.calls, 0);
    http_client_get_stats(world->client, &stats);
    assert_int_equal(stats.in_flight, 0);
    assert_int_equal(stats.handles, 2);
}

static void done_may_cancel_what_has_just_ended_too(void **state)
{
    struct world *world = *state;
    AUTO_OUTCOME struct outcome never = { 0 };
    struct canceler canceler = { .outcome = { .base = world->base } };
    AUTO_REQUEST struct http_request bad = world_request(world, "/ok");
    free(bad.url);
    bad.url = strdup("nonsense");
    // Both end in the same step.
    assert_int_equal(http_start(world->client, &bad, on_done_cancel_other, &canceler, NULL), 0);
    assert_int_equal(http_start(world->client, &bad, outcome_note, &never, &canceler.other), 0);
    world_run(world->base);
    world_run_for(world->base, 20);
    assert_int_equal(never.calls, 0);
    assert_int_equal(canceler.outcome.calls, 1);
    outcome_deinit(&canceler.outcome);
}

struct ending {
    struct world *world;
    struct http_request *request;
    unsigned calls;
    int started_anew;
};

static void on_ending(struct http_response *response, void *userdata)
{
    struct ending *ending = userdata;
    ending->calls++;
    assert_int_equal(response->error, HTTP_CANCELED);
    ending->started_anew =
        http_start(ending->world->client, ending->request, on_ending, ending, NULL);
}

static void freeing_the_client_ends_what_is_under_way(void **state)
{
    struct world *world = *state;
    AUTO_REQUEST struct http_request silent = world_request(world, "/silent");
    AUTO_REQUEST struct http_request stalls = world_request(world, "/stalls");
    struct ending ending = { .world = world, .request = &silent };
    for (unsigned i = 0; i < 10; i++) {
        assert_int_equal(
            http_start(world->client, i % 2 ? &silent : &stalls, on_ending, &ending, NULL), 0);
    }
    while (server_requests(world->server) < 10) {
        assert_int_equal(event_base_loop(world->base, EVLOOP_ONCE), 0);
    }
    assert_int_equal(http_start(world->client, &silent, on_ending, &ending, NULL), 0); // new
    world->client = http_client_free(world->client);
    assert_int_equal(ending.calls, 11);
    assert_int_equal(ending.started_anew, -ECANCELED);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(broken_answers_are_told_apart),
        CASE(a_header_block_below_the_cap_passes),
        CASE(a_compressed_body_is_undone_where_asked_for),
        CASE(a_bomb_ends_at_the_limit),
        CASE(a_body_over_the_limit_fails_or_is_cut_as_asked),
        CASE(the_time_out_covers_everything_up_to_the_last_byte),
        CASE(a_closed_port_is_a_refused_connection),
        CASE(a_host_that_is_silent_is_a_time_out_of_the_connect),
        CASE(a_name_that_does_not_exist_is_a_dns_error),
        CASE(a_bad_url_arrives_in_done_too),
        CASE(a_kept_connection_that_is_reset_costs_one_more_try),
        CASE(a_new_connection_that_is_reset_is_not_tried_again),
        CASE(what_is_canceled_is_never_heard_of_again),
        CASE(done_may_cancel_what_has_just_ended_too),
        CASE(freeing_the_client_ends_what_is_under_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
