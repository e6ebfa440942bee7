// Handles set only what differs from their last use. A law: what a request sends does not depend on
// the requests that used its handle before.
#include <string.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>

#include "bridge/base/str.h"
#include "world.h"

#define CHAINS 12
#define LINKS  25

// Answers everything; a HEAD has no body.
static void serve_any(struct bufferevent *bev, const char *request, void *userdata)
{
    const char *body = str_starts(request, "HEAD ") ? "" : "ok";
    struct evbuffer *out = bufferevent_get_output(bev);
    (void)userdata;
    assert_true(evbuffer_add_printf(out, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n%s", body) >
                0);
}

static const struct route routes[] = {
    { .path = "/silent" },
    { .path = "*", .serve = serve_any },
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

// A small generator of its own, so that a failure can be repeated anywhere (xorshift64).
static uint64_t random_state;

static unsigned below(unsigned n)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (unsigned)((random_state >> 11) % n);
}

static void add_random_fields(struct headers *headers, const char *const names[], size_t n)
{
    static const char *const values[] = { "1", "", "two words", "text/plain" };
    for (size_t i = 0; i < n; i++) {
        if (below(3) == 0) {
            assert_int_equal(headers_add(headers, names[i], values[below(ARRAY_LEN(values))]), 0);
        }
    }
}

static struct http_request random_request(const struct world *world, const char *proxy)
{
    static const char *const methods[] = { NULL,  "GET",   "HEAD",   "POST",
                                           "PUT", "PATCH", "DELETE", "OPTIONS" };
    static const char *const users[] = { "", "u:p@", "other@" };
    static const char *const plain[] = { "Accept", "User-Agent", "Content-Type", "Host" };
    static const char *const secret[] = { "Authorization", "Cookie", "X-Api-Key" };
    static const char *const bodies[] = { "", "x", "a longer body\r\n\r\nof some lines" };
    const char *method = methods[below(ARRAY_LEN(methods))];
    const char *body = bodies[below(ARRAY_LEN(bodies))];
    struct http_request request = world_request(world, "/");
    free(request.url);
    request.url = str_printf("http://%s127.0.0.1:%d/p%u", users[below(ARRAY_LEN(users))],
                             server_port(world->server), below(4));
    request.method = method ? strdup(method) : NULL;
    request.decompress = below(2) == 0;
    request.timeout_ms = 5000 + below(3);
    request.connect_timeout_ms = 4000 + below(3);
    request.proxy = below(4) == 0 ? proxy : NULL;
    assert_int_equal(bytes_dup(&request.body, body, strlen(body)), 0);
    add_random_fields(&request.headers, plain, ARRAY_LEN(plain));
    add_random_fields(&request.secret_headers, secret, ARRAY_LEN(secret));
    return request;
}

static char *what_is_sent(struct world *world, const struct http_request *request)
{
    AUTO_OUTCOME struct outcome outcome = { 0 };
    world_ask(world, request, &outcome);
    if (outcome.response.error != HTTP_NO_ERROR) {
        fail_msg("%s", outcome.response.error_text);
    }
    return strdup(server_last(world->server));
}

static char *what_a_fresh_client_sends(struct world *world, const struct http_request *request)
{
    const struct http_client_settings settings = { .user_agent = USER_AGENT };
    struct world fresh = { .base = world->base, .server = world->server };
    assert_int_equal(http_client_new(&fresh.client, fresh.base, &settings), 0);
    char *sent = what_is_sent(&fresh, request);
    assert_null(http_client_free(fresh.client));
    return sent;
}

static void nothing_of_earlier_requests_is_in_the_next(void **state)
{
    struct world *world = *state;
    struct http_client_stats stats;
    AUTO_FREE char *proxy = world_url(world->server, "http", "");
    for (unsigned chain = 0; chain < CHAINS; chain++) {
        random_state = UINT64_C(0x9e3779b97f4a7c15) * (chain + 1);
        for (unsigned link = 0; link < LINKS; link++) {
            AUTO_REQUEST struct http_request request = random_request(world, proxy);
            AUTO_FREE char *used = what_is_sent(world, &request);
            AUTO_FREE char *fresh = what_a_fresh_client_sends(world, &request);
            if (!str_eq(used, fresh)) {
                fail_msg("chain %u, link %u:\n%s\nbut afresh:\n%s", chain, link, used, fresh);
            }
        }
    }
    http_client_get_stats(world->client, &stats);
    assert_int_equal(stats.handles, 1); // one handle did it all
}

static void a_short_time_out_is_the_next_requests_no_more(void **state)
{
    struct world *world = *state;
    AUTO_REQUEST struct http_request silent = world_request(world, "/silent");
    for (unsigned i = 0; i < 2; i++) {
        AUTO_OUTCOME struct outcome outcome = { 0 };
        silent.timeout_ms = i == 0 ? 50 : 300;
        world_ask(world, &silent, &outcome);
        assert_int_equal(outcome.response.error, HTTP_TIMEOUT_TOTAL);
        assert_true(outcome.response.total_us >= silent.timeout_ms * 1000 - 10000);
        assert_true(outcome.response.total_us < silent.timeout_ms * 1000 + 2000000);
    }
}

// The body of the first is freed before the second begins.
static void a_body_that_is_gone_is_not_looked_at(void **state)
{
    struct world *world = *state;
    static const char *const methods[] = { "GET", "HEAD", "DELETE", "POST" };
    for (size_t i = 0; i < ARRAY_LEN(methods); i++) {
        for (unsigned with_body = 2; with_body-- > 0;) {
            AUTO_REQUEST struct http_request request = world_request(world, "/p");
            request.method = strdup(with_body ? "POST" : methods[i]);
            if (with_body) {
                assert_int_equal(bytes_dup(&request.body, "gone soon", 9), 0);
            }
            AUTO_FREE char *sent = what_is_sent(world, &request);
            assert_true(str_ends(sent, "gone soon") == (with_body != 0));
        }
    }
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(nothing_of_earlier_requests_is_in_the_next),
        CASE(a_short_time_out_is_the_next_requests_no_more),
        CASE(a_body_that_is_gone_is_not_looked_at),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
