#include "bridge/poll/auth/auth-session.h"

#include <assert.h>
#include <errno.h>
#include <event2/util.h>
#include <stddef.h>
#include <string.h>

#include "bridge/base/clock.h"
#include "bridge/base/log.h"
#include "bridge/base/problem.h"
#include "bridge/base/str.h"
#include "bridge/model/http.h"
#include "bridge/net/http.h"
#include "bridge/poll/auth/auth-token.h"
#include "bridge/poll/auth/renewals.h"
#include "bridge/poll/politeness/backoff.h"
#include "bridge/poll/politeness/host-gate.h"
#include "bridge/spi/auth.h"
#include "bridge/spi/settings.h"

TAILQ_HEAD(auth_waiter_list, auth_waiter);

struct auth_session {
    unsigned refs;
    struct auth_session_parts parts;
    struct settings *settings;
    const struct auth_settings *auth;
    struct settings *next_settings; // in force once the request is over; NULL: none
    const struct auth_settings *next_auth;

    struct auth_token token;

    // The token request under way.
    bool asking;
    struct gate_lane *lane;
    struct gate_waiter gate;
    struct http_request request;
    struct http_transfer *transfer;
    struct auth_waiter_list waiters;
    struct auth_waiter_list released;

    unsigned failures; // of token requests in a row
    int64_t retry_at_ms;
    bool throttled;
    bool passing; // soon asked again
    struct problem *failure;
};

// How a token request ended without a token.
struct fault {
    const char *code;
    const char *detail; // for people; may be empty
    int64_t rest_ms;    // what the token's host asked for; 0: nothing
    bool passing;
};

static void on_admit(struct gate_waiter *waiter);

int auth_session_new(struct auth_session **ret, const struct auth_session_parts *parts,
                     struct settings *settings, const struct auth_settings *auth)
{
    struct auth_session *session = calloc(1, sizeof(*session));
    if (!session) {
        return -ENOMEM;
    }
    session->refs = 1;
    session->parts = *parts;
    session->settings = settings_ref(settings);
    session->auth = auth;
    session->gate.admit = on_admit;
    TAILQ_INIT(&session->waiters);
    TAILQ_INIT(&session->released);
    *ret = session;
    return 0;
}

struct auth_session *auth_session_ref(struct auth_session *session)
{
    session->refs++;
    return session;
}

static void change_settings(struct auth_session *session)
{
    if (session->next_settings) {
        (void)settings_unref(session->settings);
        session->settings = STEAL(session->next_settings);
        session->auth = session->next_auth;
    }
}

void auth_session_adopt(struct auth_session *session, struct settings *settings,
                        const struct auth_settings *auth)
{
    (void)settings_unref(session->next_settings);
    session->next_settings = settings_ref(settings);
    session->next_auth = auth;
    if (!session->asking) {
        change_settings(session);
    }
    if (!session->throttled) {
        session->retry_at_ms = 0;
    }
}

static void end_request(struct auth_session *session)
{
    if (session->transfer) {
        http_cancel(STEAL(session->transfer));
    }
    gate_leave(&session->gate);
    http_request_deinit(&session->request);
    session->asking = false;
    change_settings(session);
}

struct auth_session *auth_session_unref(struct auth_session *session)
{
    if (!session || --session->refs > 0) {
        return NULL;
    }
    assert(TAILQ_EMPTY(&session->waiters) && TAILQ_EMPTY(&session->released));
    end_request(session);
    auth_token_drop(&session->token);
    (void)gate_lane_unref(session->lane);
    (void)problem_free(session->failure);
    (void)settings_unref(session->settings);
    free(session);
    return NULL;
}

static int64_t now_ms(const struct auth_session *session)
{
    return clock_mono_ms(session->parts.clock);
}

bool auth_session_is_fresh(const struct auth_session *session)
{
    return auth_token_is_fresh(&session->token, now_ms(session));
}

const struct token *auth_session_token(const struct auth_session *session, uint64_t *ret_serial)
{
    *ret_serial = session->token.serial;
    return session->token.is_held ? &session->token.token : NULL;
}

// ---- the end of a token request ----

// Everybody who waits is told. New waiters that come meanwhile wait for the next request.
static void release(struct auth_session *session, enum auth_state state)
{
    struct auth_waiter *waiter;
    TAILQ_FOREACH (waiter, &session->waiters, link) {
        waiter->released = true;
    }
    TAILQ_CONCAT(&session->released, &session->waiters, link);
    (void)auth_session_ref(session);
    while ((waiter = TAILQ_FIRST(&session->released)) != NULL) {
        auth_session_leave(waiter);
        waiter->done(waiter, state);
    }
    (void)auth_session_unref(session);
}

// How it stands while no other token is to be had.
static enum auth_state state_without(const struct auth_session *session)
{
    return auth_token_is_good(&session->token, now_ms(session)) ? AUTH_READY : AUTH_FAILED;
}

// Polls that fail say so themselves; here none does, for a while.
static void warn_of_end(const struct auth_session *session)
{
    const struct auth_token *token = &session->token;
    log_warn("a token cannot be renewed; the one there is serves until its end",
             LOG_STR("auth", session->auth->name), LOG_STR("detail", session->failure->message),
             LOG_INT("good_for_ms", token->end_at_ms - now_ms(session)));
}

// No connection and a 5xx are asked about again soon, as polls do.
static int64_t pause_ms(struct auth_session *session)
{
    uint64_t chance = 0;
    session->passing &= session->failures <= BACKOFF_QUICK_RETRIES;
    if (!session->passing) {
        return backoff_token_ms(session->failures);
    }
    evutil_secure_rng_get_bytes(&chance, sizeof(chance));
    return backoff_quick_ms(session->failures - 1, chance);
}

static void fail(struct auth_session *session, const struct fault *fault)
{
    enum auth_state state = state_without(session);
    (void)problem_free(STEAL(session->failure));
    (void)problem_set(&session->failure, 0, fault->code, "auth %s: %s", session->auth->name,
                      str_is_empty(fault->detail) ? "the token request failed" : fault->detail);
    session->throttled = fault->rest_ms > 0;
    session->passing = fault->passing;
    session->failures++;
    int64_t wait_ms = pause_ms(session);
    session->retry_at_ms =
        now_ms(session) + (wait_ms > fault->rest_ms ? wait_ms : fault->rest_ms);
    *(session->throttled ? &session->parts.counters->throttled
                         : &session->parts.counters->failed) += 1;
    if (state == AUTH_READY && session->failure) {
        warn_of_end(session);
    }
    end_request(session);
    release(session, state);
}

static void fail_by_words(struct auth_session *session, const char *detail)
{
    fail(session, &(struct fault){ .code = "auth_refused", .detail = detail });
}

static void fail_by_rest(struct auth_session *session, const char *detail)
{
    fail(session, &(struct fault){ .code = "auth_refused",
                                   .detail = detail,
                                   .rest_ms = gate_rest_left(session->lane).wait_ms });
}

static void fail_by_error(struct auth_session *session, const struct http_response *response)
{
    const char *code = http_error_code(response->error);
    fail(session, &(struct fault){ .code = code,
                                   .detail = response->error_text ? response->error_text : code,
                                   .passing = backoff_is_passing(response) });
}

static void succeed(struct auth_session *session)
{
    log_debug("a token was given", LOG_STR("auth", session->auth->name));
    session->failures = 0;
    session->throttled = false;
    session->parts.counters->granted++;
    end_request(session);
    release(session, AUTH_READY);
}

static const struct secret *seed_of(const struct auth_session *session)
{
    const struct auth_driver *driver = session->auth->driver;
    return driver->seed ? driver->seed(session->auth->driver_settings) : NULL;
}

static int take_token(struct auth_session *session, struct token *take, int64_t wall_ms)
{
    const struct secret *seed = seed_of(session);
    int r = 0;
    if (seed && take->renewal.len > 0) {
        r = renewals_keep(session->parts.renewals, session->auth->name, seed, &take->renewal);
        secret_deinit(&take->renewal);
    }
    return r ? r : auth_token_take(&session->token, take, now_ms(session), wall_ms);
}

static void on_answer(struct http_response *response, void *userdata)
{
    struct auth_session *session = userdata;
    CLEANUP(problem_freep) struct problem *why = NULL;
    CLEANUP(token_deinit) struct token token = { 0 };
    session->transfer = NULL;
    if (gate_asks_for_rest(response)) {
        gate_rest(session->lane, response);
        fail_by_rest(session, "the token request was throttled");
        return;
    }
    if (response->error != HTTP_NO_ERROR) {
        fail_by_error(session, response);
        return;
    }
    gate_answered(session->lane, response);
    int64_t wall_ms = clock_wall_ms(session->parts.clock);
    int r = session->auth->driver->token_parse(session->auth->driver_settings, response, wall_ms,
                                               &token, &why);
    if (r == 0) {
        r = take_token(session, &token, wall_ms);
    }
    if (r != 0) {
        fail(session, &(struct fault){ .code = "auth_refused",
                                       .detail = why ? why->message
                                                     : strerror(r < 0 ? -r : EPROTO),
                                       .passing = backoff_is_passing(response) });
        return;
    }
    succeed(session);
}

// ---- asking ----

static int send_request(struct auth_session *session)
{
    return http_start(session->parts.http, &session->request, on_answer, session,
                      &session->transfer);
}

static void on_admit(struct gate_waiter *waiter)
{
    struct auth_session *session =
        (struct auth_session *)((char *)waiter - offsetof(struct auth_session, gate));
    if (waiter->state != GATE_INSIDE) {
        fail_by_rest(session, "the token's host asked for rest");
        return;
    }
    int r = send_request(session);
    if (r < 0) {
        fail_by_words(session, strerror(-r));
    }
}

static int find_lane(struct auth_session *session)
{
    if (session->lane) {
        return 0;
    }
    AUTO_FREE char *origin = url_origin(session->request.url);
    return origin ? host_gate_lane(session->parts.gate, origin, session->auth->name, &session->lane)
                  : -EINVAL;
}

static int make_request(struct auth_session *session)
{
    const struct auth_settings *auth = session->auth;
    const struct secret *seed = seed_of(session);
    const struct secret *renewal =
        seed ? renewals_find(session->parts.renewals, auth->name, seed) : NULL;
    int r = auth->driver->token_request(auth->driver_settings, renewal, &session->request);
    return r ? r : find_lane(session);
}

// What goes wrong at once is remembered as a failure, but told to nobody.
static void start_request(struct auth_session *session)
{
    session->asking = true;
    int r = make_request(session);
    if (r < 0) {
        fail_by_words(session, strerror(-r));
        return;
    }
    enum gate_state state = gate_enter(session->lane, &session->gate, now_ms(session));
    if (state == GATE_OUTSIDE) {
        fail_by_rest(session, "the token's host asked for rest");
        return;
    }
    r = state == GATE_INSIDE ? send_request(session) : 0;
    if (r < 0) {
        fail_by_words(session, strerror(-r));
    }
}

// A refresh token that cannot be kept must not be spent.
static void ask(struct auth_session *session)
{
    const char *refusal = seed_of(session) ? renewals_refusal(session->parts.renewals) : NULL;
    AUTO_FREE char *words =
        refusal ? str_printf("the server may answer with a new refresh token, which could not be "
                             "kept: %s",
                             refusal)
                : NULL;
    if (refusal) {
        fail_by_words(session, words);
    } else {
        start_request(session);
    }
}

enum auth_state auth_session_enter(struct auth_session *session, struct auth_waiter *waiter)
{
    if (auth_session_is_fresh(session)) {
        return AUTH_READY;
    }
    if (!session->asking) {
        if (session->failures == 0 || now_ms(session) >= session->retry_at_ms) {
            ask(session);
        }
        if (!session->asking) {
            return state_without(session);
        }
    }
    waiter->session = session;
    waiter->released = false;
    TAILQ_INSERT_TAIL(&session->waiters, waiter, link);
    return AUTH_WAITING;
}

void auth_session_leave(struct auth_waiter *waiter)
{
    struct auth_session *session = waiter->session;
    if (session) {
        struct auth_waiter_list *list = waiter->released ? &session->released : &session->waiters;
        TAILQ_REMOVE(list, waiter, link);
        waiter->session = NULL;
    }
}

// ---- refused tokens ----

bool auth_session_is_refusal(const struct auth_session *session, int status)
{
    return session->auth->driver->refuses(session->auth->driver_settings, status);
}

bool auth_session_refused(struct auth_session *session, uint64_t serial)
{
    return auth_token_refused(&session->token, serial, now_ms(session));
}

void auth_session_tell(struct auth_session *session, bool helped)
{
    auth_token_tell(&session->token, helped);
}

struct auth_failure auth_session_failure(const struct auth_session *session)
{
    int64_t wait_ms = session->retry_at_ms - now_ms(session);
    return (struct auth_failure){
        .code = session->failure ? session->failure->code : "auth_refused",
        .detail = session->failure ? session->failure->message : NULL,
        .throttled = session->throttled,
        .passing = session->passing,
        .wait_ms = wait_ms > 0 ? wait_ms : 0,
    };
}
