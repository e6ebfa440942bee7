// Tokens: asked for once for everybody, ahead of their end, and never in a storm. The network is a
// fake: its http_start takes the place of bridge/net's when this test is linked.

#include "tests/unit/poll/support.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/base/problem.h"
#include "bridge/model/http.h"
#include "bridge/net/http.h"
#include "bridge/poll/auth/auth-session.h"
#include "bridge/poll/politeness/host-gate.h"
#include "bridge/spi/auth.h"

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)

// ---- the network: one request under way at most ----

static struct {
    http_done_fn done;
    void *userdata;
    unsigned started;
    unsigned canceled;
    bool is_refusing;
    char url[64];
} net;

int http_start(struct http_client *client, const struct http_request *request, http_done_fn done,
               void *userdata, struct http_transfer **ret)
{
    (void)client;
    if (net.is_refusing) {
        return -ENOMEM;
    }
    assert_null(net.done); // one at a time
    net.started++;
    net.done = done;
    net.userdata = userdata;
    (void)snprintf(net.url, sizeof(net.url), "%s", request->url);
    *ret = (struct http_transfer *)&net;
    return 0;
}

void http_cancel(struct http_transfer *transfer)
{
    assert_ptr_equal(transfer, &net);
    assert_non_null(net.done);
    net.done = NULL;
    net.canceled++;
}

static void answer(struct http_response *response)
{
    http_done_fn done = net.done;
    assert_non_null(done);
    net.done = NULL;
    done(response, net.userdata);
    http_response_deinit(response);
}

// A token that lasts so long; 0: it does not say.
static int64_t next_life_ms;

static void answer_status(int status, const char *retry_after)
{
    struct http_response response = { .status = status };
    if (retry_after) {
        assert_int_equal(headers_add(&response.headers, "Retry-After", retry_after), 0);
    }
    answer(&response);
}

static void answer_error(enum http_error error, const char *text)
{
    struct http_response response = { .error = error, .error_text = text ? strdup(text) : NULL };
    answer(&response);
}

// ---- the driver ----

static int token_request(const void *settings, const struct secret *renewal,
                         struct http_request *request)
{
    (void)settings;
    (void)renewal;
    request->url = strdup("https://login.example.com/token");
    return request->url ? 0 : -ENOMEM;
}

static int token_parse(const void *settings, const struct http_response *response, int64_t now_ms,
                       struct token *ret, struct problem **reterr)
{
    (void)settings;
    static unsigned given;
    if (response->status != 200) {
        return problem_set(reterr, AUTH_E_REFUSED, "auth_refused", "status %d", response->status);
    }
    char text[32];
    (void)snprintf(text, sizeof(text), "token-%u", ++given);
    ret->expires_at_ms = next_life_ms ? now_ms + next_life_ms : 0;
    return secret_init(&ret->value, text, strlen(text));
}

static bool refuses(const void *settings, int status)
{
    (void)settings;
    return status == 401 || status == 419;
}

static const struct auth_driver driver = {
    .name = "fake",
    .needs_token = true,
    .refuses = refuses,
    .token_request = token_request,
    .token_parse = token_parse,
};

// ---- a session and those who wait for it ----

struct waiting {
    struct auth_waiter waiter; // first
    struct world *world;
    unsigned called;
    enum auth_state got;
    bool enters_again; // from inside its done
};

struct world {
    struct hand_clock clock;
    struct host_gate *gate;
    struct settings *settings;
    struct auth_session *session;
    struct auth_counters counters;
    struct waiting waiting[8];
    bool is_woken; // the gate wants to be pumped
};

static void on_wake(int64_t wait_ms, void *userdata)
{
    struct world *world = userdata;
    world->is_woken |= wait_ms == 0;
}

static void on_done(struct auth_waiter *waiter, enum auth_state got)
{
    struct waiting *waiting = (struct waiting *)waiter;
    waiting->called++;
    waiting->got = got;
    if (waiting->enters_again) {
        waiting->enters_again = false;
        waiting->got = auth_session_enter(waiting->world->session, waiter);
    }
}

static void world_init(struct world *world)
{
    memset(world, 0, sizeof(*world));
    memset(&net, 0, sizeof(net));
    next_life_ms = HOUR;
    hand_clock_init(&world->clock);
    const struct host_gate_parts gate = { .clock = &world->clock.clock,
                                          .wake_after = on_wake,
                                          .userdata = world };
    assert_int_equal(host_gate_new(&world->gate, &gate), 0);
    world->settings = calloc(1, sizeof(*world->settings));
    assert_non_null(world->settings);
    world->settings->refs = 1;
    world->settings->auths = calloc(1, sizeof(*world->settings->auths));
    assert_non_null(world->settings->auths);
    world->settings->auth_count = 1;
    world->settings->auths[0] = (struct auth_settings){ .name = strdup("shop"), .driver = &driver };
    const struct auth_session_parts parts = { .clock = &world->clock.clock,
                                              .gate = world->gate,
                                              .counters = &world->counters };
    assert_int_equal(
        auth_session_new(&world->session, &parts, world->settings, &world->settings->auths[0]), 0);
    for (size_t i = 0; i < ARRAY_LEN(world->waiting); i++) {
        world->waiting[i] = (struct waiting){ .waiter.done = on_done, .world = world };
    }
}

static void world_deinit(struct world *world)
{
    for (size_t i = 0; i < ARRAY_LEN(world->waiting); i++) {
        auth_session_leave(&world->waiting[i].waiter);
    }
    (void)auth_session_unref(world->session);
    (void)host_gate_free(world->gate);
    (void)settings_unref(world->settings);
}
#define AUTO_WORLD CLEANUP(world_deinit)

static enum auth_state enter(struct world *world, unsigned i)
{
    return auth_session_enter(world->session, &world->waiting[i].waiter);
}

// Everybody's token, by entering, waiting and the answer.
static void get_token(struct world *world, int64_t life_ms)
{
    next_life_ms = life_ms;
    assert_int_equal(enter(world, 0), AUTH_WAITING);
    answer_status(200, NULL);
    assert_int_equal(world->waiting[0].got, AUTH_READY);
}

static uint64_t serial_of(struct world *world)
{
    uint64_t serial;
    (void)auth_session_token(world->session, &serial);
    return serial;
}

static void all_who_ask_wait_for_one_request(void **state)
{
    (void)state;
    AUTO_WORLD struct world world;
    world_init(&world);
    uint64_t serial;
    assert_null(auth_session_token(world.session, &serial));
    assert_false(auth_session_is_fresh(world.session));
    for (unsigned i = 0; i < 5; i++) {
        assert_int_equal(enter(&world, i), AUTH_WAITING);
    }
    assert_int_equal(net.started, 1);
    assert_string_equal(net.url, "https://login.example.com/token");
    auth_session_leave(&world.waiting[2].waiter);
    auth_session_leave(&world.waiting[2].waiter); // no-op
    answer_status(200, NULL);
    for (unsigned i = 0; i < 5; i++) {
        assert_int_equal(world.waiting[i].called, i == 2 ? 0 : 1);
        assert_int_equal(world.waiting[i].got, AUTH_READY);
    }
    const struct token *token = auth_session_token(world.session, &serial);
    assert_non_null(token);
    assert_int_equal(serial, 1);
    assert_int_equal(enter(&world, 2), AUTH_READY);
    assert_int_equal(net.started, 1);
}

static void a_token_is_renewed_a_minute_ahead_or_at_half_its_life(void **state)
{
    (void)state;
    static const struct {
        int64_t life_ms;
        int64_t fresh_ms;
    } cases[] = {
        { HOUR, HOUR - MINUTE },     { 2 * MINUTE, MINUTE }, { MINUTE, MINUTE / 2 },
        { 10 * SECOND, 5 * SECOND }, { SECOND, SECOND }, // what was just given is used
        { -HOUR, SECOND },                               // whatever it says
        { 0, 10000 * HOUR },                             // it does not say: until it is refused
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO_WORLD struct world world;
        world_init(&world);
        get_token(&world, cases[i].life_ms);
        hand_clock_pass(&world.clock, cases[i].fresh_ms - 1);
        assert_int_equal(enter(&world, 1), AUTH_READY);
        hand_clock_pass(&world.clock, 1);
        assert_int_equal(auth_session_is_fresh(world.session), cases[i].life_ms == 0);
        if (cases[i].life_ms != 0) {
            assert_int_equal(enter(&world, 1), AUTH_WAITING);
            answer_status(200, NULL);
            assert_int_equal(serial_of(&world), 2);
        }
    }
}

static void a_step_of_the_wall_clock_does_not_age_a_token(void **state)
{
    (void)state;
    AUTO_WORLD struct world world;
    world_init(&world);
    get_token(&world, HOUR);
    world.clock.wall_ms += 24 * HOUR;
    assert_true(auth_session_is_fresh(world.session));
    world.clock.wall_ms -= 48 * HOUR;
    hand_clock_pass(&world.clock, HOUR);
    assert_false(auth_session_is_fresh(world.session));
}

static void a_failure_is_told_in_words_and_nothing_is_asked_for_a_while(void **state)
{
    (void)state;
    AUTO_WORLD struct world world;
    world_init(&world);
    static const int64_t waits[] = { 5 * SECOND, 10 * SECOND, 20 * SECOND };
    for (unsigned i = 0; i < ARRAY_LEN(waits); i++) {
        assert_int_equal(enter(&world, 0), AUTH_WAITING);
        assert_int_equal(enter(&world, 1), AUTH_WAITING);
        answer_status(403, NULL);
        assert_int_equal(world.waiting[0].got, AUTH_FAILED);
        assert_int_equal(world.waiting[1].got, AUTH_FAILED);
        struct auth_failure failure = auth_session_failure(world.session);
        assert_string_equal(failure.code, "auth_refused");
        assert_string_equal(failure.detail, "auth shop: status 403");
        assert_false(failure.throttled);
        assert_int_equal(failure.wait_ms, waits[i]);
        hand_clock_pass(&world.clock, waits[i] - 1);
        assert_int_equal(enter(&world, 0), AUTH_FAILED);
        assert_int_equal(net.started, i + 1);
        hand_clock_pass(&world.clock, 1);
    }
    // One success ends it.
    get_token(&world, HOUR);
    hand_clock_pass(&world.clock, HOUR);
    assert_int_equal(enter(&world, 0), AUTH_WAITING);
    answer_error(HTTP_TLS_ERROR, NULL);
    assert_int_equal(auth_session_failure(world.session).wait_ms, 5 * SECOND);
    assert_string_equal(auth_session_failure(world.session).code, "tls_error");
    assert_string_equal(auth_session_failure(world.session).detail, "auth shop: tls_error");
}

static void what_may_pass_in_a_moment_is_asked_again_soon(void **state)
{
    (void)state;
    AUTO_WORLD struct world world;
    world_init(&world);
    static const int64_t most[] = { SECOND, 4 * SECOND };
    for (unsigned i = 0; i < ARRAY_LEN(most); i++) {
        assert_int_equal(enter(&world, 0), AUTH_WAITING);
        if (i == 0) {
            answer_error(HTTP_CONNECTION_REFUSED, NULL);
        } else {
            answer_status(500, NULL);
        }
        struct auth_failure failure = auth_session_failure(world.session);
        assert_string_equal(failure.code, i == 0 ? "connection_refused" : "auth_refused");
        assert_true(failure.passing);
        assert_in_range(failure.wait_ms, 0, most[i]);
        hand_clock_pass(&world.clock, failure.wait_ms);
    }
    assert_int_equal(enter(&world, 0), AUTH_WAITING);
    answer_status(500, NULL);
    assert_false(auth_session_failure(world.session).passing);
    assert_int_equal(auth_session_failure(world.session).wait_ms, 20 * SECOND);
}

static void a_throttled_token_host_rests_as_long_as_it_asks(void **state)
{
    (void)state;
    AUTO_WORLD struct world world;
    world_init(&world);
    assert_int_equal(enter(&world, 0), AUTH_WAITING);
    answer_status(429, "90");
    assert_int_equal(world.waiting[0].got, AUTH_FAILED);
    struct auth_failure failure = auth_session_failure(world.session);
    assert_true(failure.throttled);
    assert_int_equal(failure.wait_ms, 90 * SECOND);
    hand_clock_pass(&world.clock, 90 * SECOND - 1);
    assert_int_equal(enter(&world, 0), AUTH_FAILED);
    assert_int_equal(net.started, 1);
    hand_clock_pass(&world.clock, 1);
    assert_int_equal(enter(&world, 0), AUTH_WAITING);
    answer_status(503, NULL);
    assert_int_equal(auth_session_failure(world.session).wait_ms, 2 * MINUTE);
    assert_int_equal(world.counters.throttled, 2);
    assert_int_equal(world.counters.failed + world.counters.granted, 0);
}

// The token's host is one host with that of the polls: its limits hold for token requests too.
static void a_token_request_waits_for_its_place_at_the_gate(void **state)
{
    (void)state;
    AUTO_WORLD struct world world;
    world_init(&world);
    struct gate_lane *lane;
    struct gate_waiter others[GATE_CONCURRENCY] = { 0 };
    assert_int_equal(host_gate_lane(world.gate, "https://login.example.com:443", "shop", &lane), 0);
    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        assert_int_equal(gate_enter(lane, &others[i], clock_mono_ms(&world.clock.clock)),
                         GATE_INSIDE);
    }
    assert_int_equal(enter(&world, 0), AUTH_WAITING);
    assert_int_equal(enter(&world, 1), AUTH_WAITING);
    assert_int_equal(net.started, 0);
    gate_leave(&others[0]);
    assert_true(world.is_woken);
    host_gate_pump(world.gate);
    assert_int_equal(net.started, 1);
    answer_status(200, NULL);
    assert_int_equal(world.waiting[1].got, AUTH_READY);
    // The place is given back.
    assert_int_equal(gate_enter(lane, &others[0], clock_mono_ms(&world.clock.clock)), GATE_INSIDE);
    // A rest that begins while it waits sends it away.
    hand_clock_pass(&world.clock, HOUR);
    assert_int_equal(enter(&world, 2), AUTH_WAITING);
    const struct http_response busy = { .status = 429 };
    (void)gate_rest(lane, &busy);
    host_gate_pump(world.gate);
    assert_int_equal(world.waiting[2].got, AUTH_FAILED);
    assert_true(auth_session_failure(world.session).throttled);
    assert_int_equal(auth_session_failure(world.session).wait_ms, MINUTE);
    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        gate_leave(&others[i]);
    }
    (void)gate_lane_unref(lane);
}

// The minute ahead of the end is there for that.
static void an_old_token_serves_while_no_other_is_to_be_had(void **state)
{
    (void)state;
    AUTO_WORLD struct world world;
    world_init(&world);
    get_token(&world, HOUR);
    hand_clock_pass(&world.clock, HOUR - MINUTE);
    assert_int_equal(enter(&world, 1), AUTH_WAITING);
    answer_status(500, NULL);
    assert_int_equal(world.waiting[1].got, AUTH_READY);
    assert_int_equal(serial_of(&world), 1);
    assert_int_equal(enter(&world, 1), AUTH_READY); // the back-off is on
    assert_int_equal(net.started, 2);
    assert_int_equal(world.counters.granted, 1);
    assert_int_equal(world.counters.failed, 1);
    hand_clock_pass(&world.clock, MINUTE - 1);
    assert_int_equal(enter(&world, 1), AUTH_WAITING);
    answer_status(500, NULL);
    assert_int_equal(world.waiting[1].got, AUTH_READY);
    hand_clock_pass(&world.clock, 1);
    assert_int_equal(enter(&world, 1), AUTH_FAILED);
    // One that was refused is no use.
    hand_clock_pass(&world.clock, HOUR);
    get_token(&world, HOUR);
    assert_true(auth_session_refused(world.session, serial_of(&world)));
    assert_int_equal(enter(&world, 1), AUTH_WAITING);
    answer_status(500, NULL);
    assert_int_equal(world.waiting[1].got, AUTH_FAILED);
}

static void a_request_that_cannot_begin_is_a_failure_at_once(void **state)
{
    (void)state;
    AUTO_WORLD struct world world;
    world_init(&world);
    net.is_refusing = true;
    assert_int_equal(enter(&world, 0), AUTH_FAILED);
    assert_int_equal(world.waiting[0].called, 0);
    assert_int_equal(auth_session_failure(world.session).wait_ms, 5 * SECOND);
    net.is_refusing = false;
    hand_clock_pass(&world.clock, 5 * SECOND);
    get_token(&world, HOUR);
    struct host_gate_stats stats;
    host_gate_get_stats(world.gate, &stats);
    assert_int_equal(stats.in_flight, 0);
}

// All polls under way get a 401 with the same token: one of them drops it, the others find that
// out.
static void a_refused_token_is_renewed_once_for_all(void **state)
{
    (void)state;
    AUTO_WORLD struct world world;
    world_init(&world);
    get_token(&world, HOUR);
    uint64_t old = serial_of(&world);
    assert_true(auth_session_is_refusal(world.session, 419));
    assert_false(auth_session_is_refusal(world.session, 403));
    assert_true(auth_session_refused(world.session, old));
    assert_true(auth_session_refused(world.session, old)); // dropped already
    assert_int_equal(enter(&world, 0), AUTH_WAITING);
    assert_int_equal(enter(&world, 1), AUTH_WAITING);
    assert_int_equal(net.started, 2);
    answer_status(200, NULL);
    assert_true(auth_session_refused(world.session, old)); // a newer one is there
    assert_true(auth_session_is_fresh(world.session));
    assert_int_equal(net.started, 2);
}

// Where new tokens are refused as well, a 401 costs the token server less and less.
static void a_server_that_refuses_every_token_causes_no_storm(void **state)
{
    (void)state;
    AUTO_WORLD struct world world;
    world_init(&world);
    get_token(&world, 0);
    unsigned renewed = 0;
    for (int second = 0; second < 3600; second++) { // a poll every second for an hour
        if (auth_session_refused(world.session, serial_of(&world))) {
            renewed++;
            assert_int_equal(enter(&world, 0), AUTH_WAITING);
            answer_status(200, NULL);
            auth_session_tell(world.session, false);
        }
        hand_clock_pass(&world.clock, SECOND);
    }
    assert_in_range(renewed, 8, 20);
    // A token that helps makes the next 401 an ordinary one.
    auth_session_tell(world.session, true);
    assert_true(auth_session_refused(world.session, serial_of(&world)));
}

static struct settings *dup_settings(const struct world *world)
{
    struct settings *settings = calloc(1, sizeof(*settings));
    assert_non_null(settings);
    settings->refs = 1;
    settings->auths = calloc(1, sizeof(*settings->auths));
    assert_non_null(settings->auths);
    settings->auth_count = 1;
    settings->auths[0] = world->settings->auths[0];
    settings->auths[0].name = strdup("shop");
    return settings;
}

// A reload, perhaps because some other secret has changed, is no reason to log in.
static void a_reload_keeps_the_token(void **state)
{
    (void)state;
    AUTO_WORLD struct world world;
    world_init(&world);
    get_token(&world, HOUR);
    struct settings AUTO_SETTINGS *next = dup_settings(&world);
    auth_session_adopt(world.session, next, &next->auths[0]);
    assert_int_equal(world.settings->refs, 1); // let go
    assert_int_equal(enter(&world, 1), AUTH_READY);
    assert_int_equal(serial_of(&world), 1);
    // A request under way ends under the settings it borrows from.
    hand_clock_pass(&world.clock, HOUR);
    assert_int_equal(enter(&world, 1), AUTH_WAITING);
    struct settings AUTO_SETTINGS *last = dup_settings(&world);
    auth_session_adopt(world.session, last, &last->auths[0]);
    assert_int_equal(next->refs, 2);
    answer_status(200, NULL);
    assert_int_equal(world.waiting[1].got, AUTH_READY);
    assert_int_equal(next->refs, 1);
    assert_int_equal(last->refs, 2);
}

static void a_reload_makes_a_refused_login_worth_a_try(void **state)
{
    (void)state;
    AUTO_WORLD struct world world;
    world_init(&world);
    assert_int_equal(enter(&world, 0), AUTH_WAITING);
    answer_status(403, NULL);
    assert_int_equal(enter(&world, 0), AUTH_FAILED);
    struct settings AUTO_SETTINGS *next = dup_settings(&world);
    auth_session_adopt(world.session, next, &next->auths[0]);
    assert_int_equal(enter(&world, 0), AUTH_WAITING);
    answer_status(429, "90");
    auth_session_adopt(world.session, next, &next->auths[0]);
    assert_int_equal(enter(&world, 0), AUTH_FAILED); // but rest that was asked for is given
}

static void who_is_told_may_enter_again_and_the_last_may_go(void **state)
{
    (void)state;
    AUTO_WORLD struct world world;
    world_init(&world);
    world.waiting[0].enters_again = true;
    world.waiting[1].enters_again = true;
    assert_int_equal(enter(&world, 0), AUTH_WAITING);
    assert_int_equal(enter(&world, 1), AUTH_WAITING);
    answer_status(500, NULL);
    assert_int_equal(world.waiting[0].called, 1);
    assert_int_equal(world.waiting[0].got, AUTH_FAILED); // nothing new was asked
    assert_int_equal(net.started, 1);
    hand_clock_pass(&world.clock, 5 * SECOND);
    world.waiting[0].enters_again = true;
    assert_int_equal(enter(&world, 0), AUTH_WAITING);
    answer_status(200, NULL);
    assert_int_equal(world.waiting[0].got, AUTH_READY);
    assert_int_equal(world.waiting[0].called, 2);
}

static void the_end_of_a_session_ends_its_request(void **state)
{
    (void)state;
    AUTO_WORLD struct world world;
    world_init(&world);
    assert_int_equal(enter(&world, 0), AUTH_WAITING);
    auth_session_leave(&world.waiting[0].waiter);
    struct auth_session *kept = auth_session_ref(world.session); // a poll keeps its session
    assert_null(auth_session_unref(kept));
    assert_int_equal(net.canceled, 0);
    world.session = auth_session_unref(world.session);
    assert_int_equal(net.canceled, 1);
    struct host_gate_stats stats;
    host_gate_get_stats(world.gate, &stats);
    assert_int_equal(stats.in_flight, 0);
    assert_int_equal(world.settings->refs, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_who_ask_wait_for_one_request),
        cmocka_unit_test(a_token_is_renewed_a_minute_ahead_or_at_half_its_life),
        cmocka_unit_test(a_step_of_the_wall_clock_does_not_age_a_token),
        cmocka_unit_test(a_failure_is_told_in_words_and_nothing_is_asked_for_a_while),
        cmocka_unit_test(what_may_pass_in_a_moment_is_asked_again_soon),
        cmocka_unit_test(a_throttled_token_host_rests_as_long_as_it_asks),
        cmocka_unit_test(a_token_request_waits_for_its_place_at_the_gate),
        cmocka_unit_test(an_old_token_serves_while_no_other_is_to_be_had),
        cmocka_unit_test(a_request_that_cannot_begin_is_a_failure_at_once),
        cmocka_unit_test(a_refused_token_is_renewed_once_for_all),
        cmocka_unit_test(a_server_that_refuses_every_token_causes_no_storm),
        cmocka_unit_test(a_reload_keeps_the_token),
        cmocka_unit_test(a_reload_makes_a_refused_login_worth_a_try),
        cmocka_unit_test(who_is_told_may_enter_again_and_the_last_may_go),
        cmocka_unit_test(the_end_of_a_session_ends_its_request),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
