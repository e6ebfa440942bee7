// The client against a server: what goes over the wire, and how a request ends when all is well.
#include <string.h>
#include <sys/resource.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include "bridge/base/str.h"
#include "world.h"

static void serve_path(struct bufferevent *bev, const char *request, void *userdata)
{
    const char *path = strchr(request, ' ') + 1;
    size_t len = strcspn(path, " ");
    (void)userdata;
    struct evbuffer *out = bufferevent_get_output(bev);
    assert_true(evbuffer_add_printf(out, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%.*s", len,
                                    (int)len, path) > 0);
}

static const struct route routes[] = {
    { .path = "/ok", .answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nETag: \"1\"\r\n\r\nok" },
    { .path = "/close", .answer = "HTTP/1.1 200 OK\r\n\r\nuntil the end", .then = ROUTE_CLOSE },
    { .path = "/same", .answer = "HTTP/1.1 304 Not Modified\r\nETag: \"1\"\r\n\r\n" },
    { .path = "/none", .answer = "HTTP/1.1 204 No Content\r\n\r\n" },
    { .path = "/head", .answer = "HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n" },
    { .path = "/hints",
      .answer = "HTTP/1.1 103 Early Hints\r\nX: early\r\n\r\n"
                "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nY: 1\r\n\r\nz" },
    { .path = "/chunks",
      .answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nX-Trailer: t\r\n\r\n" },
    { .path = "/echo", .serve = serve_path },
    { .path = "/silent" },
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

static void expect_body(const struct outcome *outcome, int status, const char *body)
{
    const struct http_response *response = &outcome->response;
    assert_string_equal(response->error_text ? response->error_text : "", "");
    assert_int_equal(response->error, HTTP_NO_ERROR);
    assert_int_equal(response->status, status);
    assert_string_equal(response->body.data ? response->body.data : "", body);
}

static void one_connection_serves_request_after_request(void **state)
{
    struct world *world = *state;
    for (unsigned i = 0; i < 5; i++) {
        AUTO_OUTCOME struct outcome outcome = { 0 };
        world_get(world, "/ok", &outcome);
        expect_body(&outcome, 200, "ok");
        assert_int_equal(outcome.response.reused, i > 0);
        assert_int_equal(outcome.response.http_version, 11);
        assert_true(outcome.response.received_at_ms > 0);
        assert_true(outcome.response.first_byte_us > 0);
        assert_true(outcome.response.total_us >= outcome.response.first_byte_us);
    }
    assert_int_equal(server_connections(world->server), 1);
    assert_null(strstr(server_last(world->server), "Connection:"));
}

static void a_get_says_just_what_it_must(void **state)
{
    struct world *world = *state;
    AUTO_OUTCOME struct outcome outcome = { 0 };
    world_get(world, "/ok?a=b%20c", &outcome);
    AUTO_FREE char *expected = str_printf("GET /ok?a=b%%20c HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n"
                                          "Accept: */*\r\nUser-Agent: " USER_AGENT "\r\n\r\n",
                                          server_port(world->server));
    assert_string_equal(server_last(world->server), expected);
}

static void conditional_requests_go_and_come_byte_for_byte(void **state)
{
    struct world *world = *state;
    AUTO_OUTCOME struct outcome outcome = { 0 };
    AUTO_REQUEST struct http_request request = world_request(world, "/same");
    assert_int_equal(headers_add(&request.headers, "If-None-Match", "W/\"a  b\", \"c\""), 0);
    world_ask(world, &request, &outcome);
    assert_non_null(strstr(server_last(world->server), "If-None-Match: W/\"a  b\", \"c\"\r\n"));
    expect_body(&outcome, 304, "");
    assert_string_equal(headers_get(&outcome.response.headers, "etag"), "\"1\"");
}

static void answers_end_where_they_say(void **state)
{
    static const struct {
        const char *path;
        const char *method;
        int status;
        const char *body;
    } cases[] = {
        { "/none", NULL, 204, "" },   { "/head", "HEAD", 200, "" },
        { "/hints", NULL, 200, "z" }, { "/chunks", NULL, 200, "abcde" },
        { "/same", NULL, 304, "" },   { "/ok", NULL, 200, "ok" },
    };
    struct world *world = *state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO_OUTCOME struct outcome outcome = { 0 };
        AUTO_REQUEST struct http_request request = world_request(world, cases[i].path);
        request.method = cases[i].method ? strdup(cases[i].method) : NULL;
        world_ask(world, &request, &outcome);
        expect_body(&outcome, cases[i].status, cases[i].body);
        assert_null(headers_get(&outcome.response.headers, "X"));
        assert_null(headers_get(&outcome.response.headers, "X-Trailer"));
    }
    assert_int_equal(server_connections(world->server), 1);
    AUTO_OUTCOME struct outcome outcome = { 0 };
    world_get(world, "/close", &outcome);
    expect_body(&outcome, 200, "until the end");
}

static void bodies_are_sent_whole(void **state)
{
    static const char zeros[] = "a\0b\r\n\r\nc";
    static const struct {
        const char *method;
        size_t len;
    } cases[] = { { "POST", sizeof(zeros) - 1 }, { "PUT", 3 }, { "PATCH", 0 }, { "DELETE", 1 } };
    struct world *world = *state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO_OUTCOME struct outcome outcome = { 0 };
        AUTO_REQUEST struct http_request request = world_request(world, "/ok");
        request.method = strdup(cases[i].method);
        assert_int_equal(bytes_dup(&request.body, zeros, cases[i].len), 0);
        world_ask(world, &request, &outcome);
        expect_body(&outcome, 200, "ok");
        const char *got = server_last(world->server);
        AUTO_FREE char *line = str_printf("%s /ok HTTP/1.1\r\n", cases[i].method);
        AUTO_FREE char *length = str_printf("\r\nContent-Length: %zu\r\n", cases[i].len);
        assert_true(str_starts(got, line));
        assert_non_null(strstr(got, length));
        assert_null(strcasestr(got, "Expect:"));
        assert_null(strcasestr(got, "Content-Type:"));
        assert_true(str_ends(got, "\r\n\r\n") == (cases[i].len == 0));
    }
}

static void a_delete_without_a_body_has_none(void **state)
{
    struct world *world = *state;
    AUTO_OUTCOME struct outcome outcome = { 0 };
    AUTO_REQUEST struct http_request request = world_request(world, "/ok");
    request.method = strdup("DELETE");
    world_ask(world, &request, &outcome);
    assert_true(str_starts(server_last(world->server), "DELETE /ok HTTP/1.1\r\n"));
    assert_null(strstr(server_last(world->server), "Content-Length"));
}

// The environment belongs to whoever starts the process, not to its configuration.
static void proxies_of_the_environment_are_not_asked(void **state)
{
    struct world *world = *state;
    AUTO_OUTCOME struct outcome outcome = { 0 };
    assert_int_equal(setenv("http_proxy", "http://127.0.0.1:1", 1), 0);
    assert_int_equal(setenv("ALL_PROXY", "http://127.0.0.1:1", 1), 0);
    world_get(world, "/ok", &outcome);
    assert_int_equal(unsetenv("http_proxy"), 0);
    assert_int_equal(unsetenv("ALL_PROXY"), 0);
    expect_body(&outcome, 200, "ok");
}

static void a_proxy_of_the_request_is_asked(void **state)
{
    struct world *world = *state;
    AUTO_OUTCOME struct outcome outcome = { 0 };
    AUTO_FREE char *proxy = world_url(world->server, "http", "");
    AUTO_REQUEST struct http_request request = world_request(world, "/ok");
    free(request.url);
    request.url = strdup("http://elsewhere.invalid/ok");
    request.proxy = proxy;
    // The fake server looks routes up by what stands in the request line.
    static const struct route proxy_routes[] = {
        { .path = "http://elsewhere.invalid/ok",
          .answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" },
        { 0 },
    };
    AUTO_SERVER struct test_server *server = server_new(world->base, proxy_routes, NULL);
    AUTO_FREE char *url = world_url(server, "http", "");
    request.proxy = url;
    world_ask(world, &request, &outcome);
    expect_body(&outcome, 200, "ok");
    assert_non_null(strstr(server_last(server), "\r\nHost: elsewhere.invalid\r\n"));
}

static void a_server_that_hung_up_is_connected_to_again(void **state)
{
    struct world *world = *state;
    for (unsigned i = 0; i < 3; i++) {
        AUTO_OUTCOME struct outcome outcome = { 0 };
        world_get(world, "/ok", &outcome);
        expect_body(&outcome, 200, "ok");
        assert_false(outcome.response.reused);
        server_hang_up(world->server);
    }
    assert_int_equal(server_connections(world->server), 3);
}

static void idle_connections_are_closed_in_time(void **state)
{
    struct world *world = *state;
    const struct http_client_settings settings = { .idle_close_ms = 50 };
    struct http_client_stats stats;
    AUTO_OUTCOME struct outcome outcome = { 0 };
    world->client = http_client_free(world->client);
    assert_int_equal(http_client_new(&world->client, world->base, &settings), 0);
    world_get(world, "/ok", &outcome);
    assert_int_equal(server_open_connections(world->server), 1);
    for (unsigned i = 0; i < 200 && server_open_connections(world->server) > 0; i++) {
        world_run_for(world->base, 10);
    }
    assert_int_equal(server_open_connections(world->server), 0);
    http_client_get_stats(world->client, &stats);
    assert_int_equal(stats.pools, 0);
    world_get(world, "/ok", &outcome);
    expect_body(&outcome, 200, "ok");
}

enum { MANY = 1000 };

struct crowd {
    struct world *world;
    unsigned left;
    struct outcome outcomes[MANY];
    struct http_request requests[MANY];
};

struct member {
    struct crowd *crowd;
    unsigned i;
};

static void on_member(struct http_response *response, void *userdata)
{
    const struct member *member = userdata;
    struct crowd *crowd = member->crowd;
    outcome_note(response, &crowd->outcomes[member->i]);
    if (--crowd->left == 0) {
        (void)event_base_loopbreak(crowd->world->base);
    }
}

// The process may have up to its hard limit; server and client both take a descriptor each.
static void allow_descriptors(void)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

static void a_thousand_requests_at_once_get_their_own_answers(void **state)
{
    static struct crowd crowd;
    static struct member members[MANY];
    struct http_client_stats stats;
    struct world *world = *state;
    allow_descriptors();
    crowd = (struct crowd){ .world = world };
    for (unsigned round = 0; round < 2; round++) {
        crowd.left = MANY;
        for (unsigned i = 0; i < MANY; i++) {
            AUTO_FREE char *path = str_printf("/echo?%u", i);
            members[i] = (struct member){ &crowd, i };
            http_request_deinit(&crowd.requests[i]);
            crowd.requests[i] = world_request(world, path);
            assert_int_equal(
                http_start(world->client, &crowd.requests[i], on_member, &members[i], NULL), 0);
        }
        http_client_get_stats(world->client, &stats);
        assert_int_equal(stats.in_flight, MANY);
        world_run(world->base);
        for (unsigned i = 0; i < MANY; i++) {
            AUTO_FREE char *path = str_printf("/echo?%u", i);
            expect_body(&crowd.outcomes[i], 200, path);
            assert_int_equal(crowd.outcomes[i].calls, round + 1);
        }
    }
    world_run_for(world->base, 0);
    http_client_get_stats(world->client, &stats);
    assert_int_equal(stats.in_flight, 0);
    assert_int_equal(stats.finished, 2 * MANY);
    assert_true(stats.handles <= 257); // those beyond were given up, with their memory
    for (unsigned i = 0; i < MANY; i++) {
        outcome_deinit(&crowd.outcomes[i]);
        http_request_deinit(&crowd.requests[i]);
    }
}

struct chain {
    struct world *world;
    struct http_request request;
    unsigned left;
    unsigned depth; // of calls of done on the stack
};

static void on_link(struct http_response *response, void *userdata)
{
    struct chain *chain = userdata;
    assert_int_equal(response->status, 200);
    assert_int_equal(chain->depth, 0);
    chain->depth++;
    if (--chain->left > 0) {
        assert_int_equal(http_start(chain->world->client, &chain->request, on_link, chain, NULL),
                         0);
    } else {
        (void)event_base_loopbreak(chain->world->base);
    }
    chain->depth--;
}

static void done_may_start_the_next_request(void **state)
{
    struct world *world = *state;
    struct chain chain = { .world = world, .request = world_request(world, "/ok"), .left = 300 };
    assert_int_equal(http_start(world->client, &chain.request, on_link, &chain, NULL), 0);
    world_run(world->base);
    assert_int_equal(server_connections(world->server), 1);
    http_request_deinit(&chain.request);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(one_connection_serves_request_after_request),
        CASE(a_get_says_just_what_it_must),
        CASE(conditional_requests_go_and_come_byte_for_byte),
        CASE(answers_end_where_they_say),
        CASE(bodies_are_sent_whole),
        CASE(a_delete_without_a_body_has_none),
        CASE(proxies_of_the_environment_are_not_asked),
        CASE(a_proxy_of_the_request_is_asked),
        CASE(a_server_that_hung_up_is_connected_to_again),
        CASE(idle_connections_are_closed_in_time),
        CASE(a_thousand_requests_at_once_get_their_own_answers),
        CASE(done_may_start_the_next_request),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
