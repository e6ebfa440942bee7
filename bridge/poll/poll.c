#include "bridge/poll/poll.h"

#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "bridge/model/failure.h"
#include "bridge/model/instance.h"
#include "bridge/model/json.h"
#include "bridge/net/http.h"
#include "bridge/poll/digest/validators.h"
#include "bridge/poll/poll-job.h"
#include "bridge/poll/poll-source.h"
#include "bridge/poll/poll-state.h"
#include "bridge/poll/progress.h"
#include "bridge/spi/auth.h"
#include "bridge/spi/settings.h"
#include "bridge/spi/source.h"

#define USUAL_FIELDS 8
#define USUAL_BYTES  512 // of them: more are kept one by one

// ---- the end ----

static void stop_asking(struct poll *poll)
{
    auth_session_leave(&poll->auth);
    gate_leave(&poll->gate);
    if (poll->transfer) {
        http_cancel(STEAL(poll->transfer));
    }
    if (poll->timer) {
        (void)event_del(poll->timer);
    }
}

struct poll *poll_free(struct poll *poll)
{
    if (!poll) {
        return NULL;
    }
    stop_asking(poll);
    if (poll->timer) {
        event_free(poll->timer);
    }
    if (poll->job && poll->job_is_out) {
        poll->job->poll = NULL; // the worker's end frees it
    } else {
        (void)poll_job_free(poll->job);
    }
    poll_drop_commit(poll);
    page_run_deinit(&poll->pages);
    http_request_deinit(&poll->request);
    (void)gate_lane_unref(poll->lane);
    (void)auth_session_unref(poll->session);
    (void)settings_unref(poll->settings);
    poll->source->poll = NULL;
    free(poll);
    return NULL;
}

bool poll_is_answered(const struct poll *poll)
{
    return poll->answered;
}

struct poll_rest poll_rest_after(const struct poll *poll)
{
    if (!poll->lane) { // what waited was told, and nobody was asked
        return poll->rest;
    }
    const struct poll_rest lane = gate_rest_left(poll->lane); // a quota that is used up
    return lane.wait_ms > poll->rest.wait_ms ? lane : poll->rest;
}

void poll_move_on(struct poll *poll)
{
    poll->now = clock_now(poll->owner->clock);
}

void poll_finish(struct poll *poll, const struct poll_end *end)
{
    struct poll_end whole = *end;
    whole.at = poll->now;
    whole.status = poll->status;
    whole.code = end->code ? failure_find(end->code)->code : NULL;
    if (whole.result != POLL_FAILED && whole.result != POLL_THROTTLED) {
        whole.rest = poll_rest_after(poll);
    }
    whole.duration_ms = poll->now.mono_ms - poll->began_at_ms;
    poll->owner->on_end(poll->source, &whole, poll->owner->userdata);
    (void)poll_free(poll);
}

void poll_fail_inside(struct poll *poll, int error)
{
    struct poll_source *source = poll->source;
    poll_move_on(poll);
    progress_failed(&source->state, poll->now.wall_ms);
    source->is_noted = true;
    poll_finish(poll, &(struct poll_end){
                          .result = POLL_FAILED,
                          .code = "internal",
                          .detail = strerror(-error),
                          .rest.pace = POLL_BY_BACKOFF,
                      });
}

// ---- waiting ----

static void on_timer(evutil_socket_t fd, short what, void *userdata)
{
    struct poll *poll = userdata;
    (void)fd;
    (void)what;
    poll_move_on(poll);
    poll->on_timer(poll);
}

void poll_wait(struct poll *poll, int64_t wait_ms, void (*then)(struct poll *poll))
{
    const struct timeval wait = { .tv_sec = wait_ms / 1000, .tv_usec = wait_ms % 1000 * 1000 };
    poll->on_timer = then;
    if (!poll->timer) {
        poll->timer = evtimer_new(poll->owner->base, on_timer, poll);
    }
    if (!poll->timer || evtimer_add(poll->timer, &wait) != 0) {
        poll_fail_inside(poll, -ENOMEM);
    }
}

void poll_ask_later(struct poll *poll, int64_t wait_ms)
{
    gate_leave(&poll->gate);
    poll_wait(poll, wait_ms, poll_ask);
}

// ---- asking ----

static void on_answer(struct http_response *response, void *userdata)
{
    struct poll *poll = userdata;
    poll->transfer = NULL;
    poll_judge(poll, response);
}

static int apply_auth(struct poll *poll)
{
    const struct auth_settings *auth = poll->rules->auth;
    const struct token *token = NULL;
    if (!auth) {
        return 0;
    }
    if (poll->session) {
        token = auth_session_token(poll->session, &poll->token_serial);
        if (!token) {
            return -ENOENT; // cannot be: it was fresh a moment ago
        }
    }
    return auth->driver->apply(auth->driver_settings, token, &poll->request);
}

// Members are kept as text: few sources are asked at once.
static int ask_driver(const struct poll_source *source, const struct source_settings *rules,
                      struct http_request *request)
{
    const char *text = source->instance->members;
    AUTO_JSON struct json_object *members = NULL;
    if (text && json_read(&members, text, strlen(text), NULL, NULL) != 0) {
        return -ENOMEM; // it was written by us
    }
    int r = rules->driver->request(rules->driver_settings, members, request, NULL);
    return r > 0 ? -EINVAL : r;
}

static int make_request(struct poll *poll)
{
    const struct source_settings *rules = poll->rules;
    if (poll->request.url) { // that of the try before
        http_request_deinit(&poll->request);
    }
    int r = headers_reserve(&poll->request.headers, USUAL_FIELDS, USUAL_BYTES);
    r = r ? r : ask_driver(poll->source, rules, &poll->request);
    if (r == 0 && poll->pages.is_paged) {
        r = page_run_ask(&poll->pages, &poll->request);
    }
    poll->sent_validators = false;
    // A second look and a new base want to see the whole answer, and only the first page has
    // validators.
    bool whole = poll->rechecked || poll->source->is_priming;
    if (r == 0 && !whole && poll->pages.list.n == 0) {
        r = validators_apply(&poll->source->state, validators_identity(rules), poll->now.wall_ms,
                             &poll->request, &poll->sent_validators);
    }
    return r ? r : apply_auth(poll);
}

static void send_request(struct poll *poll)
{
    const struct observer *observer = poll->owner->observer;
    int r = make_request(poll);
    if (r == 0 && observer && observer->on_request) {
        observer->on_request(observer->userdata, poll->source->name, &poll->request);
    }
    if (r == 0) {
        r = http_start(poll->owner->http, &poll->request, on_answer, poll, &poll->transfer);
    }
    if (r != 0) {
        poll_fail_inside(poll, r);
    }
}

static void meet_rest(struct poll *poll)
{
    const struct poll_rest rest = gate_rest_left(poll->lane);
    if (poll_sits_out(poll, rest.wait_ms)) {
        return;
    }
    poll_meet_trouble(poll, &(struct poll_trouble){
                                .code = "throttled",
                                .detail = "the host asked for rest",
                                .rest = rest,
                            });
}

static void meet_auth_failure(struct poll *poll)
{
    struct auth_failure failure = auth_session_failure(poll->session);
    if (failure.passing) { // not for long: the session counts
        poll_ask_later(poll, failure.wait_ms);
        return;
    }
    poll_meet_trouble(poll,
                      &(struct poll_trouble){ .code = failure.code,
                                              .detail = failure.detail,
                                              .failed = !failure.throttled,
                                              .rest.pace = failure.throttled ? POLL_BY_RETRY_AFTER
                                                                             : POLL_BY_BACKOFF,
                                              .rest.wait_ms = failure.wait_ms });
}

static void on_auth(struct auth_waiter *waiter, enum auth_state state)
{
    struct poll *poll = (struct poll *)((char *)waiter - offsetof(struct poll, auth));
    poll_move_on(poll);
    if (state == AUTH_READY) {
        poll_ask(poll);
    } else {
        meet_auth_failure(poll);
    }
}

static void on_admit(struct gate_waiter *waiter)
{
    struct poll *poll = (struct poll *)((char *)waiter - offsetof(struct poll, gate));
    poll_move_on(poll);
    if (waiter->state != GATE_INSIDE) {
        meet_rest(poll);
    } else if (poll->session && !auth_session_is_fresh(poll->session)) {
        gate_leave(&poll->gate); // the token grew old in the queue, and its request needs a place
        poll_ask(poll);
    } else {
        send_request(poll);
    }
}

static void enter_gate(struct poll *poll)
{
    bool goes_on = poll->pages.list.n > 0;
    int64_t now_ms = poll->now.mono_ms;
    switch (goes_on ? gate_enter_first(poll->lane, &poll->gate, now_ms)
                    : gate_enter(poll->lane, &poll->gate, now_ms)) {
    case GATE_INSIDE: send_request(poll); break;
    case GATE_OUTSIDE: meet_rest(poll); break;
    case GATE_WAITING:
    case GATE_ANSWERED: break;
    }
}

void poll_ask(struct poll *poll)
{
    switch (poll->session ? auth_session_enter(poll->session, &poll->auth) : AUTH_READY) {
    case AUTH_READY: enter_gate(poll); break;
    case AUTH_FAILED: meet_auth_failure(poll); break;
    case AUTH_WAITING: break;
    }
}

static int find_lane(struct host_gate *gate, struct poll_source *source)
{
    const struct source_settings *rules = source->settings;
    CLEANUP(http_request_deinit) struct http_request request = { 0 };
    int r = ask_driver(source, rules, &request);
    if (r == 0) {
        AUTO_FREE char *origin = url_origin(request.url);
        r = origin ? host_gate_lane(gate, origin, rules->auth ? rules->auth->name : NULL,
                                    &source->lane)
                   : -EINVAL;
    }
    return r;
}

// The source remembers its lane, so that it need not make a request to find it.
int poll_find_lane(struct host_gate *gate, struct poll_source *source)
{
    return source->lane ? 0 : find_lane(gate, source);
}

const char *poll_phase(const struct poll *poll)
{
    if (poll->auth.session) {
        return "a token";
    }
    if (poll->gate.state == GATE_WAITING) {
        return poll_pace_words(gate_waits_by(&poll->gate));
    }
    if (poll->transfer) {
        return "the answer";
    }
    if (poll->job_is_out) {
        return "a worker";
    }
    return poll->ticket ? "the store" : "its next try";
}

enum poll_pace poll_waits_by(const struct poll *poll)
{
    return poll->gate.state == GATE_WAITING ? gate_waits_by(&poll->gate) : poll->source->pace;
}

static struct poll *make(const struct poll_owner *owner, struct poll_source *source,
                         struct settings *settings)
{
    assert(!source->poll && source->settings);
    struct poll *poll = calloc(1, sizeof(*poll));
    if (poll) {
        poll->owner = owner;
        poll->source = source;
        poll->settings = settings_ref(settings);
        poll->rules = source->settings;
        poll->auth.done = on_auth;
        poll->gate.admit = on_admit;
        poll_move_on(poll);
        poll->began_at_ms = poll->now.mono_ms;
        page_run_init(&poll->pages, poll->rules);
        source->poll = poll;
    }
    return poll;
}

int poll_start(const struct poll_owner *owner, struct poll_source *source,
               struct settings *settings, struct auth_session *session)
{
    struct poll *poll = make(owner, source, settings);
    if (!poll) {
        return -ENOMEM;
    }
    poll->session = session ? auth_session_ref(session) : NULL;
    int r = poll_find_lane(owner->gate, source);
    if (r == 0) {
        poll->lane = gate_lane_ref(source->lane);
        poll_ask(poll);
    } else {
        poll_fail_inside(poll, r);
    }
    return 0;
}

int poll_start_wake(const struct poll_owner *owner, struct poll_source *source,
                    struct settings *settings)
{
    struct poll *poll = make(owner, source, settings);
    if (!poll) {
        return -ENOMEM;
    }
    poll_run_without_answer(poll, POLL_JOB_WAKE);
    return 0;
}
