#include "bridge/deliver/attempt.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bridge/base/clock.h"
#include "bridge/base/fail-point.h"
#include "bridge/base/hash.h"
#include "bridge/model/message.h"
#include "bridge/net/brokers.h"
#include "bridge/net/http.h"
#include "bridge/net/stream.h"
#include "bridge/spi/settings.h"
#include "bridge/spi/sink.h"

static uint64_t jitter_seed(const struct attempt *attempt)
{
    const int64_t parts[] = { attempt->delivery_id, attempt->number, attempt->at_ms };
    return hash64_of(parts, sizeof(parts));
}

// From a verdict to the finished outcome.
static void decide(struct attempt_run *run, const struct verdict *verdict)
{
    struct attempt *attempt = &run->outcome.attempt;
    const struct clock *clock = run->means->clock;
    int64_t now_ms = clock_mono_ms(clock);
    struct retry_input input = {
        .settings = &run->sink->retry,
        .verdict = verdict,
        .status = attempt->status,
        .attempts = attempt->number,
        .seed = jitter_seed(attempt),
    };
    FAIL_POINT("after-attempt");
    run->kind = verdict->kind;
    run->plan = retry_decide(&input);
    attempt->duration_ms = now_ms - run->started_at_ms;
    attempt->state = run->plan.state;
    if (run->plan.state == DELIVERY_RETRYING) {
        run->retry_at_ms = now_ms + run->plan.wait_ms;
        attempt->next_at_ms = clock_wall_ms(clock) + run->plan.wait_ms;
    }
    if (run->plan.state != DELIVERY_DELIVERED) {
        run->error_code = verdict->error_code ? verdict->error_code : "http_status";
        // Without memory the code is missing from the record, no more.
        attempt->error_code = strdup(run->error_code);
    }
}

static void keep_answer(struct attempt_run *run, struct http_response *response)
{
    struct attempt *attempt = &run->outcome.attempt;
    attempt->status = response->status;
    size_t len =
        response->body.len < ATTEMPT_RESPONSE_MAX ? response->body.len : ATTEMPT_RESPONSE_MAX;
    if (len > 0 && bytes_dup(&attempt->response, response->body.data, len) < 0) {
        attempt->response = (struct bytes){ 0 }; // the outcome counts more than the text
    }
    run->detail = STEAL(response->error_text);
}

static void on_http(struct http_response *response, void *userdata)
{
    struct attempt_run *run = userdata;
    run->transfer = NULL;
    if (response->error == HTTP_CANCELED) {
        run->is_void = true;
        run->done(run);
        return;
    }
    // The server closed a kept connection at the moment it was used again: nobody saw the request.
    if (response->error == HTTP_CONNECTION_RESET && response->reused &&
        response->nothing_received && !run->sent_again) {
        run->sent_again = true;
        if (http_start(run->means->http, &run->request, on_http, run, &run->transfer) == 0) {
            return;
        }
    }
    struct verdict verdict = run->sink->driver->judge_http(run->sink->driver_settings, response,
                                                           clock_wall_ms(run->means->clock));
    if (!verdict.error_code && response->error != HTTP_NO_ERROR) {
        verdict.error_code = http_error_code(response->error);
    }
    keep_answer(run, response);
    phases_measure(&run->times, response);
    decide(run, &verdict);
    run->done(run);
}

// The configuration may have changed since a sink came through the API.
static bool is_refused_here(const struct attempt_run *run)
{
    return run->sink->is_managed && !run->settings->egress.allow_http &&
           strncasecmp(run->request.url, "http:", 5) == 0;
}

static int start_http(struct attempt_run *run)
{
    http_request_deinit(&run->request); // of an earlier start that did not come about
    run->request = (struct http_request){ 0 };
    int r = run->sink->driver->send_http(run->sink->driver_settings, run->delivery,
                                         run->outcome.attempt.at_ms, &run->request);
    if (r != 0) {
        return r;
    }
    if (is_refused_here(run)) {
        run->detail = strdup("a URL without TLS is refused; egress.allow_http of the configuration "
                             "allows it");
        decide(run, &(struct verdict){ .kind = VERDICT_FINAL, .error_code = "http_refused" });
        return ATTEMPT_E_DECIDED;
    }
    return http_start(run->means->http, &run->request, on_http, run, &run->transfer);
}

// From a thread. False: the run was freed meanwhile, and is gone now.
static bool came_back(struct attempt_run *run)
{
    run->is_out = false;
    if (!run->done) {
        (void)attempt_run_free(run);
        return false;
    }
    return true;
}

static void on_stream(int result, void *userdata)
{
    struct attempt_run *run = userdata;
    if (!came_back(run)) {
        return;
    }
    struct verdict verdict = { .kind = VERDICT_DELIVERED };
    if (result != 0) {
        verdict = (struct verdict){ .kind = VERDICT_RETRY, .error_code = "write_error" };
        run->detail = strdup(strerror(-result));
    }
    decide(run, &verdict);
    run->done(run);
}

static int start_stream(struct attempt_run *run)
{
    struct sink_stream stream = { 0 };
    int r = run->sink->driver->send_stream(run->sink->driver_settings, run->delivery, &stream);
    if (r != 0) {
        bytes_deinit(&stream.bytes);
        return r;
    }
    r = stream_write(run->means->streams, stream.path, &stream.bytes, on_stream, run);
    run->is_out = r == 0;
    return r;
}

static void on_message(struct message_answer *answer, void *userdata)
{
    struct attempt_run *run = userdata;
    if (!came_back(run)) {
        return;
    }
    struct verdict verdict = run->sink->driver->judge_message(answer);
    run->detail = STEAL(answer->error_text);
    decide(run, &verdict);
    run->done(run);
}

static int start_message(struct attempt_run *run)
{
    CLEANUP(message_deinit) struct message message = { 0 };
    int r = run->sink->driver->send_message(run->sink->driver_settings, run->delivery, &message);
    if (r == 0) {
        r = brokers_publish(run->means->brokers, &message, on_message, run);
        run->is_out = r == 0;
    }
    return r;
}

static int start_by_transport(struct attempt_run *run)
{
    switch (run->sink->driver->transport) {
    case SINK_STREAM: return start_stream(run);
    case SINK_MESSAGE: return start_message(run);
    case SINK_HTTP: break;
    }
    return start_http(run);
}

int attempt_start(struct attempt_run *run, const struct attempt_means *means)
{
    run->means = means;
    run->started_at_ms = clock_mono_ms(means->clock);
    struct attempt *attempt = &run->outcome.attempt;
    attempt->delivery_id = run->delivery->id;
    attempt->number = run->delivery->attempts + 1;
    attempt->at_ms = clock_wall_ms(means->clock);
    FAIL_POINT("before-attempt");
    int r = start_by_transport(run);
    if (r == 0 || r == ATTEMPT_E_DECIDED || r == -EAGAIN || r == -ENOMEM) {
        return r;
    }
    // The driver cannot make a request of this delivery: it never will.
    run->detail = strdup(r < 0 ? strerror(-r) : "the request cannot be built");
    decide(run, &(struct verdict){ .kind = VERDICT_FINAL, .error_code = "template_error" });
    return ATTEMPT_E_DECIDED;
}

struct attempt_run *attempt_run_free(struct attempt_run *run)
{
    if (!run) {
        return NULL;
    }
    if (run->is_out) {
        run->done = NULL; // the answer frees it
        return NULL;
    }
    if (run->transfer) {
        http_cancel(run->transfer);
    }
    http_request_deinit(&run->request);
    attempt_deinit(&run->outcome.attempt);
    free(run->detail);
    (void)settings_unref(run->settings);
    free(run);
    return NULL;
}

const char *attempt_code_class(int status)
{
    static const char *const classes[] = { "none", "1xx", "2xx", "3xx", "4xx", "5xx" };
    int hundreds = status / 100;
    return hundreds >= 1 && hundreds <= 5 ? classes[hundreds] : classes[0];
}
