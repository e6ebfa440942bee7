#include "bridge/api/sources.h"

#include <errno.h>
#include <string.h>

#include <event2/http.h>

#include "bridge/api/api-answer.h"
#include "bridge/api/call.h"
#include "bridge/api/server.h"
#include "bridge/api/view.h"
#include "bridge/base/clock.h"
#include "bridge/base/str.h"
#include "bridge/model/snapshot.h"
#include "bridge/spi/control.h"
#include "bridge/spi/store.h"
#include "bridge/spi/worker.h"

#define SNAPSHOT_BYTES_MAX ((size_t)16 << 20)

// ---- one source as JSON ----

static const char *state_of(const struct source_status *status)
{
    if (status->state->paused_at_ms != 0) {
        return "paused";
    }
    if (status->state->held_told) {
        return "held";
    }
    if (status->state->failures > 0) {
        return "failing";
    }
    if (status->state->stale_told) {
        return "stale";
    }
    return status->state->has_snapshot ? "ok" : "waiting";
}

// Why it is silent, or that it is not, for a person.
static char *explain(const struct source_status *status)
{
    const struct source_state *state = status->state;
    if (state->paused_at_ms != 0) {
        return str_printf("a person paused it; `pollbridge resume %s` goes on and tells what "
                          "changed meanwhile",
                          status->name);
    }
    if (state->held_told) {
        return str_printf("the last answer is held: %s; the base stays as it was until a good "
                          "answer comes, or a person accepts it",
                          status->last_detail ? status->last_detail
                                              : "the guard does not believe it");
    }
    if (state->failures > 0) {
        return str_printf("the last %u polls failed: %s", state->failures,
                          status->last_detail ? status->last_detail : "see the log");
    }
    if (state->stale_told) {
        char since[CLOCK_RFC3339_SIZE];
        clock_format_rfc3339(state->changed_at_ms, since);
        return str_printf("nothing changed since %s, which is longer than expected", since);
    }
    if (!state->has_snapshot) {
        return strdup("there is no good answer yet, so nothing to compare with");
    }
    if (str_eq(status->last_result, "throttled")) {
        return strdup("the API asked for rest");
    }
    if (!status->last_result) {
        return strdup("it was not polled since the start of this process");
    }
    return str_printf("all is well; of %llu polls since the start %llu told something",
                      (unsigned long long)status->polls, (unsigned long long)status->changes);
}

static void view_explanation(struct view *view, const struct source_status *status)
{
    AUTO_FREE char *words = explain(status);
    if (words) {
        view_text(view, "explanation", words);
    } else {
        view->error = -ENOMEM;
    }
}

static void view_last_poll(struct view *view, const struct source_status *status)
{
    if (!status->last_result) {
        view_null(view, "last_poll");
        return;
    }
    view_open(view, "last_poll", '{');
    view_time(view, "at", status->last_at_ms);
    view_text(view, "result", status->last_result);
    view_text(view, "code", status->last_code);
    view_text(view, "detail", status->last_detail);
    view_text(view, "advice", status->last_advice);
    view_close(view, '}');
}

static void view_quota(struct view *view, const struct source_status *status)
{
    if (!status->has_quota) {
        view_null(view, "quota");
        return;
    }
    view_open(view, "quota", '{');
    if (status->quota_limit > 0) {
        view_number(view, "limit", status->quota_limit);
    } else {
        view_null(view, "limit");
    }
    view_number(view, "remaining", status->quota_remaining);
    view_time(view, "reset_at", status->quota_reset_at_ms);
    view_close(view, '}');
}

static void view_source(const struct source_status *status, void *userdata)
{
    struct view *view = userdata;
    const struct source_state *state = status->state;
    view_open(view, NULL, '{');
    view_text(view, "name", status->name);
    view_bytes(view, "source", status->name, status->source_len);
    if (status->instance) {
        view_json(view, "instance", status->instance, strlen(status->instance));
    } else {
        view_null(view, "instance");
    }
    view_text(view, "state", state_of(status));
    view_duration(view, "interval", status->interval_ms);
    view_flag(view, "polling", status->polling);
    view_flag(view, "accepting", status->accepting);
    view_flag(view, "priming", status->priming);
    view_time(view, "paused_at", state->paused_at_ms);
    view_time(view, "next_poll_at", status->next_at_ms);
    view_text(view, "next_reason", status->next_reason);
    view_text(view, "next_detail", status->next_words);
    view_quota(view, status);
    view_last_poll(view, status);
    view_time(view, "last_success_at", state->last_success_at_ms);
    view_time(view, "failing_since", state->failing_since_ms);
    view_number(view, "failures", state->failures);
    view_number(view, "version", state->version);
    view_number(view, "sequence", state->sequence);
    view_text(view, "last_event_id", state->last_event_id[0] ? state->last_event_id : NULL);
    view_explanation(view, status);
    view_close(view, '}');
}

// ---- answers ----

static const struct control *control_of(const struct api_call *call)
{
    return call_parts(call)->control;
}

struct page {
    struct view view;
    const char *last; // name of the last one on it; borrowed
};

static void add_source(const struct source_status *status, void *userdata)
{
    struct page *page = userdata;
    view_source(status, &page->view);
    page->last = status->name;
}

static void list(struct api_call *call)
{
    const struct control *control = control_of(call);
    const struct api_question *question = call_question(call);
    struct page page = { 0 };
    view_begin_page(&page.view);
    const struct source_query query = {
        .after = question_text(question, "iterator"),
        .source = question_text(question, "source"),
        .trouble = str_eq(question_text(question, "trouble"), "true"),
        .limit = question_limit(question),
    };
    bool more = control->list(&query, add_source, &page, control->userdata);
    view_end_page(&page.view, page.last, !more);
    call_answer(call, 0, &page.view);
}

static void answer_source(struct api_call *call, int result)
{
    const struct control *control = control_of(call);
    struct view view = { 0 };
    int r = result ? result
                   : control->get(call_place(call, "name"), view_source, &view, control->userdata);
    switch (r) {
    case 0: call_answer(call, 0, &view); break;
    case -ENOENT:
        call_refuse(call, 404, "not_found",
                    "there is no source of this name; instances of one with for_each are found by "
                    "/v1/sources?source=NAME");
        break;
    case -EBUSY:
        call_refuse(call, 409, "polling", "a poll is under way; ask again when it is over");
        break;
    default: call_refuse(call, 503, "busy", "the store is busy; ask again in a moment");
    }
}

static void get(struct api_call *call)
{
    answer_source(call, 0);
}

static int snapshot(const struct api_question *question, const struct worker *worker,
                    struct api_answer *ret)
{
    struct snapshot snapshot = { 0 };
    const char *name = question_place(question, "name");
    int r = worker->store->ops->reader_snapshot(worker->reader, name, &snapshot);
    if (r == 0 && snapshot.document.len == 0) {
        r = api_answer_refuse(ret, 404, "not_found",
                              "there is no accepted document of this source");
    } else if (r == 0 && snapshot.document.len > SNAPSHOT_BYTES_MAX) {
        r = api_answer_refuse(ret, 422, "too_large", "the document has %zu bytes, too many to show",
                              snapshot.document.len);
    } else if (r == 0) {
        view_open(&ret->view, NULL, '{');
        view_text(&ret->view, "source", name);
        view_json(&ret->view, "document", snapshot.document.data, snapshot.document.len);
        view_close(&ret->view, '}');
    }
    snapshot_deinit(&snapshot);
    return r;
}

static void add_suppression(const struct suppression_row *row, void *userdata)
{
    struct view *view = userdata;
    view_open(view, NULL, '{');
    view_text(view, "rule", row->rule);
    if (row->key) {
        view_json(view, "key", row->key, strlen(row->key));
    } else {
        view_null(view, "key");
    }
    view_text(view, "reason", row->reason);
    view_number(view, "times", row->times);
    view_time(view, "first_at", row->first_at_ms);
    view_time(view, "last_at", row->last_at_ms);
    if (row->changes) {
        view_json(view, "changes", row->changes, strlen(row->changes));
    } else {
        view_null(view, "changes");
    }
    view_close(view, '}');
}

static int explain_silence(const struct api_question *question, const struct worker *worker,
                           struct api_answer *ret)
{
    const char *name = question_place(question, "name");
    view_open(&ret->view, NULL, '{');
    view_text(&ret->view, "source", name);
    view_open(&ret->view, "suppressed", '[');
    int r =
        worker->store->ops->reader_suppressions(worker->reader, name, add_suppression, &ret->view);
    view_close(&ret->view, ']');
    view_close(&ret->view, '}');
    return r;
}

static void poll_now(struct api_call *call)
{
    const struct control *control = control_of(call);
    answer_source(call, control->poll(call_place(call, "name"), control->userdata));
}

static void accept_next(struct api_call *call)
{
    const struct control *control = control_of(call);
    answer_source(call, control->accept(call_place(call, "name"), control->userdata));
}

static void prime_next(struct api_call *call)
{
    const struct control *control = control_of(call);
    answer_source(call, control->prime(call_place(call, "name"), control->userdata));
}

static void pause_source(struct api_call *call)
{
    const struct control *control = control_of(call);
    answer_source(call, control->pause(call_place(call, "name"), true, control->userdata));
}

static void resume_source(struct api_call *call)
{
    const struct control *control = control_of(call);
    answer_source(call, control->pause(call_place(call, "name"), false, control->userdata));
}

static const struct api_parameter page_query[] = {
    API_PAGE_PARAMETERS,
    { "source", API_TEXT, NULL, "Only this source, or all its instances." },
    { "trouble", API_FLAG, NULL, "Only those that fail or whose answer is held." },
};

static const struct api_route rows[] = {
    { .method = EVHTTP_REQ_GET,
      .path = "/v1/sources",
      .scope = API_READ,
      .handle = list,
      .query = page_query,
      .query_count = ARRAY_LEN(page_query),
      .answer = "SourcePage",
      .doc = "The sources by name; of one with `for_each`, its instances." },
    { .method = EVHTTP_REQ_GET,
      .path = "/v1/sources/{name}",
      .scope = API_READ,
      .handle = get,
      .answer = "Source",
      .doc = "One source, with what explains its silence." },
    { .method = EVHTTP_REQ_GET,
      .path = "/v1/sources/{name}/snapshot",
      .scope = API_READ,
      .read = snapshot,
      .answer = "Snapshot",
      .doc = "The last accepted document, with which the next answer is compared." },
    { .method = EVHTTP_REQ_GET,
      .path = "/v1/sources/{name}/explain",
      .scope = API_READ,
      .read = explain_silence,
      .answer = "Explanation",
      .doc = "The changes of a source that were seen and not told: the latest of each rule and "
             "item, and why." },
    { .method = EVHTTP_REQ_POST,
      .path = "/v1/sources/{name}/poll",
      .scope = API_WRITE,
      .handle = poll_now,
      .answer = "Source",
      .status = 202,
      .doc = "Polls now." },
    { .method = EVHTTP_REQ_POST,
      .path = "/v1/sources/{name}/accept",
      .scope = API_WRITE,
      .handle = accept_next,
      .answer = "Source",
      .status = 202,
      .doc = "Polls now and believes the answer, whatever the guard says." },
    { .method = EVHTTP_REQ_POST,
      .path = "/v1/sources/{name}/prime",
      .scope = API_WRITE,
      .handle = prime_next,
      .answer = "Source",
      .status = 202,
      .doc = "Polls now and takes the answer as the base, telling nobody." },
    { .method = EVHTTP_REQ_POST,
      .path = "/v1/sources/{name}/pause",
      .scope = API_WRITE,
      .handle = pause_source,
      .answer = "Source",
      .doc = "Stops the schedule, also over restarts." },
    { .method = EVHTTP_REQ_POST,
      .path = "/v1/sources/{name}/resume",
      .scope = API_WRITE,
      .handle = resume_source,
      .answer = "Source",
      .doc = "Ends the pause and polls now." },
};
const struct api_routes source_routes = { rows, ARRAY_LEN(rows) };
