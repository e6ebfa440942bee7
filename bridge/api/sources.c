#include "bridge/api/sources.h"

#include <errno.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "bridge/api/reply.h"
#include "bridge/api/routes.h"
#include "bridge/base/clock.h"
#include "bridge/base/str.h"
#include "bridge/base/units.h"
#include "bridge/model/json.h"
#include "bridge/model/snapshot.h"
#include "bridge/spi/control.h"

#define PAGE_USUAL 50
#define PAGE_MOST  250

// ---- one source as JSON ----

// A member that cannot be made leaves the answer incomplete, which `whole` tells.
struct view {
    struct json_object *object;
    bool whole;
};

static void put(struct view *view, const char *name, struct json_object *value, bool is_null)
{
    if ((!value && !is_null) || json_object_object_add(view->object, name, value) != 0) {
        (void)json_object_put(value);
        view->whole = false;
    }
}

static void put_text(struct view *view, const char *name, const char *text)
{
    put(view, name, text ? json_object_new_string(text) : NULL, !text);
}

static void put_number(struct view *view, const char *name, int64_t number)
{
    put(view, name, json_object_new_int64(number), false);
}

static void put_flag(struct view *view, const char *name, bool flag)
{
    put(view, name, json_object_new_boolean(flag), false);
}

static void put_time(struct view *view, const char *name, int64_t wall_at_ms)
{
    char text[CLOCK_RFC3339_SIZE];
    if (wall_at_ms > 0) {
        clock_format_rfc3339(wall_at_ms, text);
    }
    put_text(view, name, wall_at_ms > 0 ? text : NULL);
}

static void put_duration(struct view *view, const char *name, int64_t ms)
{
    char text[32];
    duration_format(ms, text, sizeof(text));
    put_text(view, name, text);
}

static const char *state_of(const struct source_status *status)
{
    if (status->state->held_told) {
        return "held";
    }
    if (status->state->failures > 0) {
        return "failing";
    }
    return status->state->has_snapshot ? "ok" : "waiting";
}

// Why it is silent, or that it is not, for a person.
static char *explain(const struct source_status *status)
{
    const struct source_state *state = status->state;
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

static void put_explanation(struct view *view, const struct source_status *status)
{
    AUTO_FREE char *words = explain(status);
    put(view, "explanation", words ? json_object_new_string(words) : NULL, false);
}

static void put_last_poll(struct view *view, const struct source_status *status)
{
    if (!status->last_result) {
        put(view, "last_poll", NULL, true);
        return;
    }
    struct view last = { .object = json_object_new_object(), .whole = true };
    put_time(&last, "at", status->last_at_ms);
    put_text(&last, "result", status->last_result);
    put_text(&last, "code", status->last_code);
    put_text(&last, "detail", status->last_detail);
    view->whole &= last.object && last.whole;
    put(view, "last_poll", last.object, false);
}

static struct json_object *view_source(const struct source_status *status)
{
    const struct source_state *state = status->state;
    struct view view = { .object = json_object_new_object(), .whole = true };
    if (!view.object) {
        return NULL;
    }
    put_text(&view, "name", status->name);
    put_text(&view, "state", state_of(status));
    put_duration(&view, "interval", status->interval_ms);
    put_flag(&view, "polling", status->polling);
    put_flag(&view, "accepting", status->accepting);
    put_time(&view, "next_poll_at", status->next_at_ms);
    put_text(&view, "next_reason", status->next_reason);
    put_text(&view, "next_detail", status->next_words);
    put_last_poll(&view, status);
    put_time(&view, "last_success_at", state->last_success_at_ms);
    put_time(&view, "failing_since", state->failing_since_ms);
    put_number(&view, "failures", state->failures);
    put_number(&view, "version", state->version);
    put_number(&view, "sequence", state->sequence);
    put_text(&view, "last_event_id", state->last_event_id[0] ? state->last_event_id : NULL);
    put_explanation(&view, status);
    if (!view.whole) {
        (void)json_object_put(STEAL(view.object));
    }
    return view.object;
}

// ---- answers ----

struct page {
    struct json_object *data;
    const char *last; // name of the last one on it; borrowed
    bool whole;
};

static void add_source(const struct source_status *status, void *userdata)
{
    struct page *page = userdata;
    struct json_object *source = view_source(status);
    if (!source || json_object_array_add(page->data, source) != 0) {
        (void)json_object_put(source);
        page->whole = false;
    }
    page->last = status->name;
}

static void reply_json(const struct api_call *call, int status, struct json_object *value)
{
    AUTO_BUF struct buf text = { 0 };
    if (!value || json_write(&text, value) != 0 || buf_append_char(&text, '\n') != 0) {
        reply_error(call->request, 500, "out_of_memory", "the answer does not fit into memory");
        return;
    }
    reply_bytes(call->request, status, "application/json", text.data, text.len);
}

// False: it is no number within 1 and PAGE_MOST.
static bool parse_limit(const char *text, size_t *ret)
{
    uint64_t number = PAGE_USUAL;
    if (text && (!str_to_u64(text, &number) || number < 1 || number > PAGE_MOST)) {
        return false;
    }
    *ret = (size_t)number;
    return true;
}

static void reply_page(const struct api_call *call, const char *after, size_t limit)
{
    const struct control *control = call->context->parts->control;
    struct page page = { .data = json_object_new_array(), .whole = true };
    AUTO_JSON struct json_object *answer = json_object_new_object();
    struct view view = { .object = answer, .whole = answer && page.data };
    bool more = view.whole && control->list(after, limit, add_source, &page, control->userdata);
    if (!view.whole) {
        (void)json_object_put(page.data);
        reply_json(call, 500, NULL);
        return;
    }
    put(&view, "data", page.data, false);
    put_text(&view, "iterator", page.last);
    put_flag(&view, "done", !more);
    reply_json(call, 200, view.whole && page.whole ? answer : NULL);
}

void sources_list(const struct api_call *call)
{
    const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(call->request);
    const char *query = evhttp_uri_get_query(uri);
    struct evkeyvalq params;
    size_t limit = PAGE_USUAL;
    if (evhttp_parse_query_str(query ? query : "", &params) != 0) {
        reply_error(call->request, 400, "bad_query", "the query of the URL cannot be read");
        return;
    }
    if (parse_limit(evhttp_find_header(&params, "limit"), &limit)) {
        reply_page(call, evhttp_find_header(&params, "iterator"), limit);
    } else {
        reply_error(call->request, 400, "bad_limit", "limit is a number from 1 to 250");
    }
    evhttp_clear_headers(&params);
}

static void reply_missing(const struct api_call *call)
{
    reply_error(call->request, 404, "not_found", "there is no source of this name");
}

static void take_source(const struct source_status *status, void *userdata)
{
    struct json_object **ret = userdata;
    *ret = view_source(status);
}

static void reply_source(const struct api_call *call, int status)
{
    const struct control *control = call->context->parts->control;
    AUTO_JSON struct json_object *source = NULL;
    if (control->get(call->name, take_source, &source, control->userdata) != 0) {
        reply_missing(call);
        return;
    }
    reply_json(call, status, source);
}

void sources_get(const struct api_call *call)
{
    reply_source(call, 200);
}

void sources_poll(const struct api_call *call)
{
    const struct control *control = call->context->parts->control;
    if (control->poll(call->name, control->userdata) != 0) {
        reply_missing(call);
        return;
    }
    reply_source(call, 202);
}

void sources_accept(const struct api_call *call)
{
    const struct control *control = call->context->parts->control;
    int r = control->accept(call->name, control->userdata);
    if (r == -EBUSY) {
        reply_error(call->request, 409, "polling",
                    "a poll is under way; ask again when it is over");
    } else if (r != 0) {
        reply_missing(call);
    } else {
        reply_source(call, 202);
    }
}
