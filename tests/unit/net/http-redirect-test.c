// Redirects as they are followed: what goes along to the next hop, and when it ends.
#include <stdio.h>
#include <string.h>

#include "bridge/base/str.h"
#include "world.h"

struct fixture {
    struct world world;
    struct test_server *other; // another origin: another port of the same host
};

static char to_other[256];
static char to_other_307[256];
static char back[256];

static const struct route routes[] = {
    { .path = "/ok", .answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" },
    { .path = "/301",
      .answer = "HTTP/1.1 301 M\r\nLocation: /ok\r\nContent-Length: 4\r\n\r\ngone" },
    { .path = "/302", .answer = "HTTP/1.1 302 F\r\nLocation: ok?a\r\nContent-Length: 0\r\n\r\n" },
    { .path = "/303", .answer = "HTTP/1.1 303 S\r\nLocation: /ok\r\nContent-Length: 0\r\n\r\n" },
    { .path = "/307", .answer = "HTTP/1.1 307 T\r\nLocation: /ok\r\nContent-Length: 0\r\n\r\n" },
    { .path = "/308", .answer = "HTTP/1.1 308 P\r\nLocation: /ok\r\nContent-Length: 0\r\n\r\n" },
    { .path = "/nowhere", .answer = "HTTP/1.1 302 F\r\nContent-Length: 2\r\n\r\nno" },
    { .path = "/300", .answer = "HTTP/1.1 300 M\r\nLocation: /ok\r\nContent-Length: 2\r\n\r\nno" },
    { .path = "/loop", .answer = "HTTP/1.1 302 F\r\nLocation: /loop\r\nContent-Length: 0\r\n\r\n" },
    { .path = "/file",
      .answer = "HTTP/1.1 302 F\r\nLocation: file:///etc/passwd\r\n"
                "Content-Length: 0\r\n\r\n" },
    { .path = "/other", .answer = to_other },
    { .path = "/other307", .answer = to_other_307 },
    { .path = "/stall",
      .answer = "HTTP/1.1 302 F\r\nLocation: /silent\r\nContent-Length: 0\r\n\r\n" },
    { .path = "/silent" },
    { .path = "/back", .answer = back },
    { 0 },
};

static int set_up(void **state)
{
    static struct fixture f;
    static const char format[] =
        "HTTP/1.1 %d X\r\nLocation: http://127.0.0.1:%d%s\r\nContent-Length: 0\r\n\r\n";
    world_open(&f.world, routes);
    f.other = server_new(f.world.base, routes, NULL);
    (void)snprintf(to_other, sizeof(to_other), format, 302, server_port(f.other), "/ok");
    (void)snprintf(to_other_307, sizeof(to_other_307), format, 307, server_port(f.other), "/back");
    (void)snprintf(back, sizeof(back), format, 307, server_port(f.world.server), "/ok");
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    f->other = server_free(f->other);
    world_close(&f->world);
    return 0;
}

static struct http_request make_request(struct fixture *f, const char *method, const char *path)
{
    struct http_request request = world_request(&f->world, path);
    request.method = strdup(method);
    request.max_redirects = 5;
    assert_int_equal(headers_add(&request.headers, "Accept", "a/b"), 0);
    assert_int_equal(headers_add(&request.headers, "Cookie", "c=1"), 0);
    assert_int_equal(headers_add(&request.secret_headers, "Authorization", "Bearer t"), 0);
    assert_int_equal(headers_add(&request.secret_headers, "X-Api-Key", "k"), 0);
    if (str_eq(method, "POST") || str_eq(method, "PUT")) {
        assert_int_equal(headers_add(&request.headers, "Content-Type", "text/plain"), 0);
        assert_int_equal(bytes_dup(&request.body, "body", 4), 0);
    }
    return request;
}

static void methods_and_bodies_change_as_they_should(void **state)
{
    static const struct {
        const char *path;
        const char *method;
        const char *next;
        bool has_body;
    } cases[] = {
        { "/301", "POST", "GET /ok ", false },      { "/302", "POST", "GET /ok?a ", false },
        { "/303", "PUT", "GET /ok ", false },       { "/307", "POST", "POST /ok ", true },
        { "/308", "PUT", "PUT /ok ", true },        { "/302", "PUT", "PUT /ok?a ", true },
        { "/303", "HEAD", "HEAD /ok ", false },     { "/301", "GET", "GET /ok ", false },
        { "/307", "DELETE", "DELETE /ok ", false },
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO_OUTCOME struct outcome outcome = { 0 };
        AUTO_REQUEST struct http_request request = make_request(f, cases[i].method, cases[i].path);
        if (str_eq(cases[i].method, "HEAD")) {
            server_hang_up(f->world.server); // the fake server sends bodies after HEAD, too
        }
        world_ask(&f->world, &request, &outcome);
        const char *sent = server_last(f->world.server);
        assert_int_equal(outcome.response.status, 200);
        assert_true(str_starts(sent, cases[i].next));
        assert_int_equal(str_ends(sent, "\r\n\r\nbody"), cases[i].has_body);
        assert_int_equal(strstr(sent, "Content-Type:") != NULL, cases[i].has_body);
        assert_non_null(strstr(sent, "\r\nAuthorization: Bearer t\r\n")); // the same origin
        assert_non_null(strstr(sent, "\r\nX-Api-Key: k\r\n"));
    }
}

static void nothing_secret_goes_to_another_origin(void **state)
{
    struct fixture *f = *state;
    AUTO_OUTCOME struct outcome outcome = { 0 };
    AUTO_REQUEST struct http_request request = make_request(f, "GET", "/other");
    free(request.url);
    request.url = str_printf("http://u:p@127.0.0.1:%d/other", server_port(f->world.server));
    headers_deinit(&request.secret_headers);
    assert_int_equal(headers_add(&request.secret_headers, "X-Api-Key", "k"), 0);
    world_ask(&f->world, &request, &outcome);
    assert_int_equal(outcome.response.status, 200);
    assert_non_null(strstr(server_last(f->world.server), "\r\nAuthorization: Basic dTpw\r\n"));
    const char *sent = server_last(f->other);
    AUTO_FREE char *host = str_printf("\r\nHost: 127.0.0.1:%d\r\n", server_port(f->other));
    assert_non_null(strstr(sent, "\r\nAccept: a/b\r\n"));
    assert_non_null(strstr(sent, host));
    assert_null(strcasestr(sent, "Authorization"));
    assert_null(strcasestr(sent, "Cookie"));
    assert_null(strcasestr(sent, "X-Api-Key"));
    assert_non_null(strstr(outcome.response.final_url, "/ok"));
}

// Else the other origin could have the secrets sent wherever it likes on the first one.
static void secrets_do_not_come_back(void **state)
{
    struct fixture *f = *state;
    AUTO_OUTCOME struct outcome outcome = { 0 };
    AUTO_REQUEST struct http_request request = make_request(f, "POST", "/other307");
    world_ask(&f->world, &request, &outcome);
    assert_int_equal(outcome.response.status, 200);
    assert_int_equal(server_requests(f->world.server), 2);
    assert_true(str_ends(server_last(f->world.server), "\r\n\r\nbody"));
    assert_null(strcasestr(server_last(f->world.server), "X-Api-Key"));
    assert_null(strcasestr(server_last(f->world.server), "Authorization"));
}

static void redirects_have_an_end(void **state)
{
    struct fixture *f = *state;
    AUTO_OUTCOME struct outcome outcome = { 0 };
    AUTO_REQUEST struct http_request request = make_request(f, "GET", "/loop");
    world_ask(&f->world, &request, &outcome);
    assert_int_equal(outcome.response.error, HTTP_TOO_MANY_REDIRECTS);
    assert_int_equal(server_requests(f->world.server), 6);
}

static void what_cannot_be_followed_is_named_or_is_the_answer(void **state)
{
    struct fixture *f = *state;
    AUTO_OUTCOME struct outcome outcome = { 0 };
    AUTO_REQUEST struct http_request file = make_request(f, "GET", "/file");
    world_ask(&f->world, &file, &outcome);
    assert_int_equal(outcome.response.error, HTTP_PROTOCOL_ERROR);
    assert_non_null(strstr(outcome.response.error_text, "redirect"));
    static const char *const plain[] = { "/nowhere", "/300" };
    for (size_t i = 0; i < ARRAY_LEN(plain); i++) {
        AUTO_REQUEST struct http_request request = make_request(f, "GET", plain[i]);
        world_ask(&f->world, &request, &outcome);
        assert_int_equal(outcome.response.error, HTTP_NO_ERROR);
        assert_string_equal(outcome.response.body.data, "no");
        assert_null(outcome.response.final_url);
    }
}

static void none_is_followed_unless_asked_for(void **state)
{
    struct fixture *f = *state;
    AUTO_OUTCOME struct outcome outcome = { 0 };
    AUTO_REQUEST struct http_request request = make_request(f, "GET", "/301");
    request.max_redirects = 0;
    world_ask(&f->world, &request, &outcome);
    assert_int_equal(outcome.response.status, 301);
    assert_string_equal(outcome.response.body.data, "gone");
    assert_string_equal(headers_get(&outcome.response.headers, "location"), "/ok");
    assert_int_equal(server_requests(f->world.server), 1);
}

static void the_time_out_is_that_of_all_hops_together(void **state)
{
    struct fixture *f = *state;
    AUTO_OUTCOME struct outcome outcome = { 0 };
    AUTO_REQUEST struct http_request request = make_request(f, "GET", "/stall");
    request.timeout_ms = 200;
    world_ask(&f->world, &request, &outcome);
    assert_int_equal(outcome.response.error, HTTP_TIMEOUT_TOTAL);
    assert_true(outcome.response.total_us < 2000000);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(methods_and_bodies_change_as_they_should),
        CASE(nothing_secret_goes_to_another_origin),
        CASE(secrets_do_not_come_back),
        CASE(redirects_have_an_end),
        CASE(what_cannot_be_followed_is_named_or_is_the_answer),
        CASE(none_is_followed_unless_asked_for),
        CASE(the_time_out_is_that_of_all_hops_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
