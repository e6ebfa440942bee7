// The address policy at work: every spelling, every name, every hop. The names are this test's own
// (getaddrinfo below), and so is, for two loopback addresses, what counts as public; the ranges
// themselves are address-policy-test's.
#include <stdio.h>
#include <string.h>

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <event2/event.h>

#include "bridge/base/clock.h"
#include "bridge/base/str.h"
#include "bridge/model/address-range.h"
#include "bridge/net/public-address.h"
#include "world.h"

// 127.0.0.1 and ::1 stand for the public internet, everything else is private.
bool address_is_public(const struct sockaddr *address)
{
    char text[INET6_ADDRSTRLEN] = "";
    if (address->sa_family == AF_INET) {
        struct sockaddr_in v4;
        memcpy(&v4, address, sizeof(v4));
        return ntohl(v4.sin_addr.s_addr) == INADDR_LOOPBACK;
    }
    struct sockaddr_in6 v6;
    memcpy(&v6, address, sizeof(v6));
    assert_non_null(inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof(text)));
    return str_eq(text, "::1");
}

static const struct {
    const char *name;
    const char *addresses[4];
} names[] = {
    { "public.test", { "127.0.0.1" } },
    { "private.test", { "127.0.0.2" } },
    { "public-first.test", { "127.0.0.1", "127.0.0.2" } },
    { "private-first.test", { "127.0.0.2", "127.0.0.1" } },
    { "private-last.test", { "127.0.0.1", "127.0.0.1", "127.0.0.1", "127.0.0.3" } },
    { "two-public.test", { "127.0.0.1", "127.0.0.1" } },
    { "v6-behind.test", { "127.0.0.1", "fd00::1" } },
    { "v6-before.test", { "fd00::1", "127.0.0.1" } },
    { "both-public.test", { "::1", "127.0.0.1" } },
};

static unsigned lookups;

// libcurl's resolver thread asks one at a time here: the test waits for each answer.
int getaddrinfo(const char *restrict node, const char *restrict service,
                const struct addrinfo *restrict hints, struct addrinfo **restrict ret)
{
    struct addrinfo **next = ret;
    *ret = NULL;
    uint16_t port = htons((uint16_t)strtoul(service, NULL, 10));
    lookups++;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        for (size_t a = 0; str_eq(names[i].name, node) && a < 4 && names[i].addresses[a]; a++) {
            struct {
                struct addrinfo info;
                struct sockaddr_in6 address; // room for both
            } *made = calloc(1, sizeof(*made));
            struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = port };
            bool is_v4 = inet_pton(AF_INET, names[i].addresses[a], &v4.sin_addr) == 1;
            made->address.sin6_family = AF_INET6;
            made->address.sin6_port = port;
            if (is_v4) {
                memcpy(&made->address, &v4, sizeof(v4));
            } else if (inet_pton(AF_INET6, names[i].addresses[a], &made->address.sin6_addr) != 1) {
                abort();
            }
            made->info = (struct addrinfo){
                .ai_family = is_v4 ? AF_INET : AF_INET6,
                .ai_socktype = hints->ai_socktype,
                .ai_addrlen = is_v4 ? sizeof(v4) : sizeof(made->address),
                .ai_addr = (struct sockaddr *)(void *)&made->address,
            };
            *next = &made->info;
            next = &made->info.ai_next;
        }
    }
    return *ret ? 0 : EAI_NONAME;
}

void freeaddrinfo(struct addrinfo *info)
{
    while (info) {
        struct addrinfo *next = info->ai_next;
        free(info); // first member
        info = next;
    }
}

static char hop[128];   // the Location of /redirect
static char reply[256]; // with it

static struct route routes[] = {
    { .path = "/ok", .answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" },
    { .path = "/redirect", .answer = reply },
    { 0 },
};

static int set_up(void **state)
{
    static struct world world;
    world_open(&world, routes);
    lookups = 0;
    *state = &world;
    return 0;
}

static int tear_down(void **state)
{
    world_close(*state);
    return 0;
}

static void ask_host(struct world *world, const char *host, const char *path, bool allow_private,
                     struct outcome *ret)
{
    AUTO_REQUEST struct http_request request = world_request(world, path);
    free(request.url);
    request.url = str_printf("http://%s:%d%s", host, server_port(world->server), path);
    request.allow_private = allow_private;
    request.max_redirects = 3;
    http_response_deinit(&ret->response);
    world_ask(world, &request, ret);
}

static void expect_blocked(const struct outcome *outcome)
{
    assert_string_equal(http_error_code(outcome->response.error), "blocked_address");
    assert_true(outcome->response.nothing_received);
}

static void a_name_with_one_private_address_is_refused_whole(void **state)
{
    static const char *const hosts[] = { "private.test",       "public-first.test",
                                         "private-first.test", "private-last.test",
                                         "v6-behind.test",     "v6-before.test" };
    struct world *world = *state;
    for (size_t i = 0; i < ARRAY_LEN(hosts); i++) {
        AUTO_OUTCOME struct outcome outcome = { 0 };
        int64_t began_ms = clock_mono_ms(&clock_system);
        ask_host(world, hosts[i], "/ok", false, &outcome);
        expect_blocked(&outcome);
        assert_true(clock_mono_ms(&clock_system) - began_ms < 2000); // no address is waited for
    }
    assert_int_equal(server_connections(world->server), 0); // not even tried
}

static void a_name_with_public_addresses_alone_is_asked(void **state)
{
    static const char *const hosts[] = { "public.test", "two-public.test", "both-public.test" };
    struct world *world = *state;
    for (size_t i = 0; i < ARRAY_LEN(hosts); i++) {
        AUTO_OUTCOME struct outcome outcome = { 0 };
        lookups = 0;
        ask_host(world, hosts[i], "/ok", false, &outcome);
        assert_int_equal(outcome.response.error, HTTP_NO_ERROR);
        assert_int_equal(outcome.response.status, 200);
        assert_int_equal(lookups, 1); // judged and used is the same answer
        ask_host(world, hosts[i], "/ok", false, &outcome);
        assert_true(outcome.response.reused);
    }
    assert_int_equal(server_connections(world->server), ARRAY_LEN(hosts));
}

static void every_spelling_of_an_address_is_judged(void **state)
{
    static const char *const hosts[] = { "127.0.0.2",  "2130706434",      "0x7f000002",
                                         "0177.0.0.2", "127.2",           "[::ffff:127.0.0.2]",
                                         "[fd00::1]",  "[::ffff:7f00:2]", "127.0.0.2." };
    struct world *world = *state;
    for (size_t i = 0; i < ARRAY_LEN(hosts); i++) {
        AUTO_OUTCOME struct outcome outcome = { 0 };
        ask_host(world, hosts[i], "/ok", false, &outcome);
        // The last one is a name here, and names nobody knows are not found.
        if (outcome.response.error != HTTP_DNS_ERROR) {
            expect_blocked(&outcome);
        }
        assert_int_equal(outcome.response.error == HTTP_DNS_ERROR, i == ARRAY_LEN(hosts) - 1);
    }
}

static void trusted_targets_may_be_anywhere(void **state)
{
    AUTO_OUTCOME struct outcome outcome = { 0 };
    ask_host(*state, "private-first.test", "/ok", true, &outcome);
    assert_int_equal(outcome.response.status, 200); // by the second address
}

// Names resolve to the same address, so libcurl alone would use the trusted request's connection.
static void an_open_connection_of_a_trusted_request_is_not_used(void **state)
{
    struct world *world = *state;
    AUTO_OUTCOME struct outcome outcome = { 0 };
    ask_host(world, "private-first.test", "/ok", true, &outcome);
    assert_int_equal(outcome.response.status, 200);
    ask_host(world, "private-first.test", "/ok", false, &outcome);
    expect_blocked(&outcome);
}

static void open_ranges(struct world *world, const char *text)
{
    struct address_range range;
    struct address_ranges ranges = { .v = &range, .n = text ? 1 : 0 };
    assert_true(!text || address_range_parse(text, &range));
    assert_int_equal(http_client_set_open_ranges(world->client, &ranges), 0);
}

static void a_range_can_be_opened_and_closed_again(void **state)
{
    struct world *world = *state;
    AUTO_OUTCOME struct outcome outcome = { 0 };
    ask_host(world, "private-first.test", "/ok", false, &outcome);
    expect_blocked(&outcome);
    assert_non_null(strstr(outcome.response.error_text, "127.0.0.2"));
    assert_non_null(strstr(outcome.response.error_text, "egress.allow_cidrs"));
    open_ranges(world, "127.0.0.2/31");
    ask_host(world, "private-first.test", "/ok", false, &outcome);
    assert_int_equal(outcome.response.status, 200);
    ask_host(world, "private-last.test", "/ok", false, &outcome); // 127.0.0.3 is in it
    assert_int_equal(outcome.response.status, 200);
    open_ranges(world, "127.0.0.2");
    ask_host(world, "private-last.test", "/ok", false, &outcome);
    expect_blocked(&outcome);
    open_ranges(world, NULL); // the connection that is open is not used any more
    ask_host(world, "private-first.test", "/ok", false, &outcome);
    expect_blocked(&outcome);
}

static void the_own_listener_is_refused_whatever_is_open(void **state)
{
    struct world *world = *state;
    AUTO_OUTCOME struct outcome outcome = { 0 };
    struct sockaddr_in own = { .sin_family = AF_INET,
                               .sin_port = htons((uint16_t)server_port(world->server)) };
    static const char *const hosts[] = { "public.test", "127.0.0.1", "0.0.0.0",
                                         "[::ffff:127.0.0.1]" };
    open_ranges(world, "0.0.0.0/0");
    ask_host(world, "public.test", "/ok", false, &outcome);
    assert_int_equal(outcome.response.status, 200);
    for (int any = 0; any < 2; any++) {
        own.sin_addr.s_addr = htonl(any ? INADDR_ANY : INADDR_LOOPBACK);
        http_client_set_own_address(world->client, (struct sockaddr *)&own, sizeof(own));
        for (size_t i = 0; i < ARRAY_LEN(hosts); i++) {
            ask_host(world, hosts[i], "/ok", false, &outcome);
            expect_blocked(&outcome);
        }
        ask_host(world, "public.test", "/ok", true, &outcome); // who is trusted may
        assert_int_equal(outcome.response.status, 200);
    }
    own.sin_port = htons(1); // another listener
    http_client_set_own_address(world->client, (struct sockaddr *)&own, sizeof(own));
    ask_host(world, "public.test", "/ok", false, &outcome);
    assert_int_equal(outcome.response.status, 200);
}

static void redirect_to(const struct world *world, const char *host)
{
    (void)snprintf(hop, sizeof(hop), "http://%s:%d/ok", host, server_port(world->server));
    (void)snprintf(reply, sizeof(reply),
                   "HTTP/1.1 302 Found\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n", hop);
}

static void every_hop_is_judged(void **state)
{
    static const char *const hosts[] = { "127.0.0.2", "private.test", "public-first.test" };
    struct world *world = *state;
    for (size_t i = 0; i < ARRAY_LEN(hosts); i++) {
        AUTO_OUTCOME struct outcome outcome = { 0 };
        redirect_to(world, hosts[i]);
        ask_host(world, "public.test", "/redirect", false, &outcome);
        assert_string_equal(http_error_code(outcome.response.error), "blocked_address");
    }
    AUTO_OUTCOME struct outcome outcome = { 0 };
    redirect_to(world, "two-public.test");
    ask_host(world, "public.test", "/redirect", false, &outcome);
    assert_int_equal(outcome.response.status, 200);
    assert_string_equal(outcome.response.final_url, hop);
}

static void a_proxy_would_hide_the_address(void **state)
{
    struct world *world = *state;
    AUTO_OUTCOME struct outcome outcome = { 0 };
    AUTO_FREE char *proxy = world_url(world->server, "http", "");
    AUTO_REQUEST struct http_request request = world_request(world, "/ok");
    request.allow_private = false;
    request.proxy = proxy;
    world_ask(world, &request, &outcome);
    assert_string_equal(http_error_code(outcome.response.error), "blocked_address");
    assert_int_equal(server_connections(world->server), 0);
}

static void a_public_address_that_refuses_is_not_asked_for_ever(void **state)
{
    struct world *world = *state;
    AUTO_OUTCOME struct outcome outcome = { 0 };
    AUTO_REQUEST struct http_request request = world_request(world, "/ok");
    free(request.url);
    request.url = strdup("http://two-public.test:1/");
    request.allow_private = false;
    world_ask(world, &request, &outcome);
    assert_string_equal(http_error_code(outcome.response.error), "connection_refused");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_name_with_one_private_address_is_refused_whole),
        CASE(a_name_with_public_addresses_alone_is_asked),
        CASE(every_spelling_of_an_address_is_judged),
        CASE(trusted_targets_may_be_anywhere),
        CASE(an_open_connection_of_a_trusted_request_is_not_used),
        CASE(a_range_can_be_opened_and_closed_again),
        CASE(the_own_listener_is_refused_whatever_is_open),
        CASE(every_hop_is_judged),
        CASE(a_proxy_would_hide_the_address),
        CASE(a_public_address_that_refuses_is_not_asked_for_ever),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
