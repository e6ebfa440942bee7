#include "tests/unit/poll/stage.h"

#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <stdio.h>
#include <string.h>

#include "bridge/base/metrics.h"
#include "bridge/base/problem.h"
#include "bridge/base/str.h"
#include "bridge/base/workers.h"
#include "bridge/demo/loopback.h"
#include "bridge/model/delivery.h"
#include "bridge/net/http.h"
#include "bridge/poll/poll-worker.h"
#include "bridge/spi/store.h"
#include "config/config.h"
#include "sinks/ndjson.h"
#include "sources/auth/bearer.h"
#include "sources/auth/login.h"
#include "sources/http.h"

#define PATIENCE_SECONDS 20

static const struct source_driver *const sources[] = { &source_http, NULL };
static const struct sink_driver *const sinks[] = { &sink_stdout, NULL };
static const struct auth_driver *const auths[] = { &auth_bearer, &auth_login, NULL };
static const struct drivers drivers = { .sources = sources, .sinks = sinks, .auths = auths };

static const char used[] = "-";

// ---- the API ----

static char *with_double_quotes(const char *text)
{
    char *copy = strdup(text);
    assert_non_null(copy);
    for (char *c = copy; *c; c++) {
        *c = *c == '\'' ? '"' : *c;
    }
    return copy;
}

static void reply(struct evhttp_request *request, const struct stage_answer *answer)
{
    struct evkeyvalq *headers = evhttp_request_get_output_headers(request);
    struct evbuffer *body = evhttp_request_get_output_buffer(request);
    AUTO_FREE char *text = with_double_quotes(answer->body ? answer->body : "");
    evhttp_add_header(headers, "Content-Type", "application/json");
    for (size_t i = 0; i + 1 < ARRAY_LEN(answer->headers) && answer->headers[i]; i += 2) {
        evhttp_add_header(headers, answer->headers[i], answer->headers[i + 1]);
    }
    evbuffer_add(body, text, strlen(text));
    evhttp_send_reply(request, answer->status, NULL, NULL);
}

static struct stage_answer *find_answer(struct stage *stage, const char *path)
{
    for (size_t i = 0; i < stage->answer_count; i++) {
        if (!stage->answers[i].path || str_eq(stage->answers[i].path, path)) {
            return &stage->answers[i];
        }
    }
    fail_msg("a request for %s that nobody expects", path);
    return NULL;
}

static void copy_field(char *ret, size_t size, struct evkeyvalq *headers, const char *name)
{
    const char *value = evhttp_find_header(headers, name);
    (void)snprintf(ret, size, "%s", value ? value : "");
}

static void on_request(struct evhttp_request *request, void *userdata)
{
    struct stage *stage = userdata;
    struct evkeyvalq *headers = evhttp_request_get_input_headers(request);
    assert_in_range(stage->request_count, 0, STAGE_MAX - 1);
    struct stage_request *seen = &stage->requests[stage->request_count++];
    (void)snprintf(seen->path, sizeof(seen->path), "%s", evhttp_request_get_uri(request));
    copy_field(seen->if_none_match, sizeof(seen->if_none_match), headers, "If-None-Match");
    copy_field(seen->authorization, sizeof(seen->authorization), headers, "Authorization");
    struct stage_answer *answer = find_answer(stage, seen->path);
    const struct stage_answer given = *answer;
    answer->path = used;
    if (given.status == 0) {
        assert_null(stage->held);
        stage->held = request;
    } else {
        reply(request, &given);
    }
}

void stage_answer(struct stage *stage, const struct stage_answer *answer)
{
    assert_in_range(stage->answer_count, 0, STAGE_MAX - 1);
    stage->answers[stage->answer_count++] = *answer;
}

void stage_answer_body(struct stage *stage, const char *body)
{
    stage_answer(stage, &(struct stage_answer){ .status = 200, .body = body });
}

void stage_release(struct stage *stage, const char *body)
{
    assert_non_null(stage->held);
    reply(STEAL(stage->held), &(struct stage_answer){ .status = 200, .body = body });
}

// ---- what is seen ----

static void copy_text(char *ret, size_t size, const char *text)
{
    (void)snprintf(ret, size, "%s", text ? text : "");
}

static void on_poll(void *userdata, const struct poll_report *report)
{
    struct stage *stage = userdata;
    assert_in_range(stage->report_count, 0, STAGE_MAX - 1);
    struct stage_report *kept = &stage->reports[stage->report_count++];
    copy_text(kept->source, sizeof(kept->source), report->source);
    copy_text(kept->code, sizeof(kept->code), report->code);
    copy_text(kept->detail, sizeof(kept->detail), report->detail);
    copy_text(kept->reason, sizeof(kept->reason), report->next_reason);
    kept->result = report->result;
    kept->wait_ms = report->next_at_ms ? report->next_at_ms - stage->hand.wall_ms : 0;
    if (report->events && report->events->n > 0) {
        if (stage->events.len > 0) {
            assert_int_equal(buf_append_str(&stage->events, ", "), 0);
        }
        support_describe(report->events, &stage->events);
    }
}

static void on_deliveries(struct delivery_list *take, void *userdata)
{
    struct stage *stage = userdata;
    for (size_t i = 0; i < take->n; i++) {
        assert_true(take->v[i].id > 0); // durable
    }
    stage->deliveries += take->n;
    delivery_list_deinit(take);
}

// ---- the parts ----

static void set_intervals(const struct stage *stage, struct settings *settings)
{
    for (size_t i = 0; stage->interval_ms > 0 && i < settings->source_count; i++) {
        settings->sources[i].interval_ms = stage->interval_ms;
    }
}

static struct settings *load(const struct stage *stage, const char *yaml)
{
    AUTO_BUF struct buf text = { 0 };
    struct problems problems = { 0 };
    struct settings *settings = NULL;
    for (const char *c = yaml; *c; c++) {
        int r = *c == '@' ? buf_append_str(&text, loopback_url(stage->api))
                          : buf_append_char(&text, *c);
        assert_int_equal(r, 0);
    }
    const struct config_input input = {
        .file = "stage.yaml",
        .text = buf_str(&text),
        .text_len = text.len,
        .drivers = &drivers,
    };
    if (config_load(&settings, &input, &problems) != 0) {
        fail_msg("%s", problems.n > 0 ? problems.v[0]->message : "no memory");
    }
    problems_deinit(&problems);
    set_intervals(stage, settings);
    return settings;
}

void stage_set_interval(struct stage *stage, int64_t interval_ms)
{
    stage->interval_ms = interval_ms;
    set_intervals(stage, stage->settings);
}

static void open_parts(struct stage *stage)
{
    struct source_notes states = { 0 };
    struct event_base *base = stage->store.base;
    fixture_open(&stage->store);
    const struct workers_settings workers = {
        .threads = 1,
        .ctx_new = poll_worker_new,
        .ctx_free = poll_worker_free,
        .userdata = stage->store.store,
    };
    assert_int_equal(workers_new(&stage->workers, base, &workers), 0);
    assert_int_equal(
        http_client_new(&stage->http, base, &(struct http_client_settings){ .user_agent = "t" }),
        0);
    assert_int_equal(metrics_new(&stage->metrics), 0);
    const struct poller_parts parts = {
        .base = base,
        .clock = stage->clock ? stage->clock : &stage->hand.clock,
        .http = stage->http,
        .workers = stage->workers,
        .store = stage->store.store,
        .metrics = stage->metrics,
        .observer = &stage->observer,
        .on_deliveries = on_deliveries,
        .userdata = stage,
    };
    assert_int_equal(poller_new(&stage->poller, &parts), 0);
    assert_int_equal(stage->store.store->ops->load_states(stage->store.store, &states), 0);
    assert_int_equal(poller_apply(stage->poller, stage->settings, &states), 0);
}

static void close_parts(struct stage *stage)
{
    stage->poller = poller_free(stage->poller);
    stage->http = http_client_free(stage->http);
    stage->workers = workers_free(stage->workers);
    fixture_close(&stage->store);
    stage->metrics = metrics_free(stage->metrics);
}

void stage_init(struct stage *stage, const char *yaml)
{
    *stage = (struct stage){ .observer = { .on_poll = on_poll } };
    stage->observer.userdata = stage;
    hand_clock_init(&stage->hand);
    fixture_init(&stage->store);
    assert_int_equal(loopback_new(&stage->api, stage->store.base, on_request, stage), 0);
    stage->settings = load(stage, yaml);
    open_parts(stage);
}

void stage_deinit(struct stage *stage)
{
    close_parts(stage);
    (void)loopback_free(stage->api);
    (void)settings_unref(stage->settings);
    buf_deinit(&stage->events);
    fixture_deinit(&stage->store);
}

void stage_restart(struct stage *stage)
{
    close_parts(stage);
    open_parts(stage);
}

void stage_apply(struct stage *stage, const char *yaml)
{
    struct settings *settings = load(stage, yaml);
    assert_int_equal(poller_apply(stage->poller, settings, NULL), 0);
    (void)settings_unref(stage->settings);
    stage->settings = settings;
}

// ---- working ----

void stage_work_a_step(struct stage *stage)
{
    assert_int_not_equal(event_base_loop(stage->store.base, EVLOOP_ONCE), -1);
}

static void on_impatience(evutil_socket_t fd, short what, void *userdata)
{
    (void)fd;
    (void)what;
    *(bool *)userdata = true;
}

void stage_work_until(struct stage *stage, const bool *flag)
{
    bool is_late = false;
    struct event *alarm = evtimer_new(stage->store.base, on_impatience, &is_late);
    assert_int_equal(evtimer_add(alarm, &(struct timeval){ .tv_sec = PATIENCE_SECONDS }), 0);
    while (!*flag && !is_late) {
        stage_work_a_step(stage);
    }
    event_free(alarm);
    assert_false(is_late);
}

static void on_run_end(void *userdata)
{
    struct stage *stage = userdata;
    stage->run_ended = true;
}

void stage_begin_poll(struct stage *stage, const char *source)
{
    stage->run_ended = false;
    assert_int_equal(poller_run_once(stage->poller, source, on_run_end, stage), 0);
}

const struct stage_report *stage_poll(struct stage *stage, const char *source)
{
    stage_begin_poll(stage, source);
    stage_work_until(stage, &stage->run_ended);
    assert_in_range(stage->report_count, 1, STAGE_MAX);
    return &stage->reports[stage->report_count - 1];
}

void stage_expect(struct stage *stage, const char *source, enum poll_result result,
                  const char *events)
{
    buf_clear(&stage->events);
    const struct stage_report *report = stage_poll(stage, source);
    if (report->result != result) {
        fail_msg("%s instead of %s: %s", poll_result_name(report->result), poll_result_name(result),
                 report->detail);
    }
    assert_string_equal(buf_str(&stage->events), events);
}

static void on_flushed(int result, void *userdata)
{
    assert_int_equal(result, 0);
    *(bool *)userdata = true;
}

void stage_flush(struct stage *stage)
{
    bool is_done = false;
    assert_int_equal(poller_flush(stage->poller, on_flushed, &is_done), 0);
    stage_work_until(stage, &is_done);
}
