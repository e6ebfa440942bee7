#include "bridge/api/deliveries.h"

#include <event2/http.h>

#include "bridge/api/api-answer.h"
#include "bridge/api/pages.h"
#include "bridge/api/question.h"
#include "bridge/base/secret.h"
#include "bridge/spi/store.h"
#include "bridge/spi/worker.h"

// As enum delivery_state.
static const char *const states[] = { "pending", "retrying", "held", "delivered",
                                      "failed",  "canceled", NULL };

// ---- deliveries ----

static void view_last_attempt(struct view *view, const struct delivery_row *row)
{
    if (row->attempts == 0) {
        view_null(view, "last_attempt");
        return;
    }
    view_open(view, "last_attempt", '{');
    view_time(view, "at", row->last_at_ms);
    view_number_or_null(view, "status", row->last_status);
    view_text(view, "error_code", row->last_error_code);
    view_close(view, '}');
}

static bool add_delivery(const struct delivery_row *row, void *userdata)
{
    struct view *view = userdata;
    view_open(view, NULL, '{');
    view_number(view, "id", row->id);
    view_text(view, "sink", row->sink);
    view_text(view, "event_id", row->event_id);
    view_text(view, "event_type", row->event_type);
    view_text(view, "source", row->source);
    view_number(view, "sequence", row->sequence);
    view_time(view, "event_at", row->event_at_ms);
    view_text(view, "state", delivery_state_name(row->state));
    view_number(view, "attempts", row->attempts);
    view_time(view, "next_attempt_at", row->next_at_ms);
    view_last_attempt(view, row);
    view_text(view, "error", row->error);
    view_number_or_null(view, "coalesced_count", row->carries);
    view_number_or_null(view, "coalesced_into", row->carried_by);
    view_close(view, '}');
    return pages_have_room(view);
}

static int list_deliveries(const struct api_question *question, const struct worker *worker,
                           struct api_answer *ret, struct delivery_query *query)
{
    struct listing_end end;
    int r;
    query->limit = question_limit(question);
    query->state = (int)question_number(question, "state", -1);
    if (!pages_begin(question, &query->after, ret, &r)) {
        return r;
    }
    view_begin_page(&ret->view);
    r = worker->store->ops->reader_deliveries(worker->reader, query, add_delivery, &ret->view,
                                              &end);
    pages_end(&ret->view, &end);
    return r;
}

static int deliveries(const struct api_question *question, const struct worker *worker,
                      struct api_answer *ret)
{
    struct delivery_query query = {
        .sink = question_text(question, "sink"),
        .event_id = question_text(question, "event_id"),
    };
    return list_deliveries(question, worker, ret, &query);
}

static int deliveries_of_sink(const struct api_question *question, const struct worker *worker,
                              struct api_answer *ret)
{
    struct delivery_query query = { .sink = question_place(question, "name") };
    return list_deliveries(question, worker, ret, &query);
}

// ---- attempts ----

// A receiver may well repeat what it was sent.
static void view_response(struct view *view, const struct attempt_row *row)
{
    AUTO_BUF struct buf text = { 0 };
    int r = buf_append(&text, row->response, row->response_len);
    if (r < 0) {
        view->error = view->error ? view->error : r;
        return;
    }
    secret_redact(&text, 0);
    view_bytes(view, "response", buf_str(&text), text.len);
}

static bool add_attempt(const struct attempt_row *row, void *userdata)
{
    struct view *view = userdata;
    view_open(view, NULL, '{');
    view_number(view, "delivery_id", row->delivery_id);
    view_number(view, "number", row->number);
    view_text(view, "sink", row->sink);
    view_text(view, "event_id", row->event_id);
    view_time(view, "at", row->at_ms);
    view_number(view, "duration_ms", row->duration_ms);
    view_number_or_null(view, "status", row->status);
    view_text(view, "error_code", row->error_code);
    view_response(view, row);
    view_close(view, '}');
    return pages_have_room(view);
}

static int list_attempts(const struct api_question *question, const struct worker *worker,
                         struct api_answer *ret, struct delivery_query *query)
{
    struct listing_end end;
    int r;
    query->limit = question_limit(question);
    query->state = -1;
    if (!pages_begin(question, &query->after, ret, &r)) {
        return r;
    }
    view_begin_page(&ret->view);
    r = worker->store->ops->reader_attempts(worker->reader, query, add_attempt, &ret->view, &end);
    pages_end(&ret->view, &end);
    return r;
}

static int attempts(const struct api_question *question, const struct worker *worker,
                    struct api_answer *ret)
{
    struct delivery_query query = {
        .id = question_number(question, "delivery_id", 0),
        .sink = question_text(question, "sink"),
        .event_id = question_text(question, "event_id"),
    };
    return list_attempts(question, worker, ret, &query);
}

static int attempts_of_event(const struct api_question *question, const struct worker *worker,
                             struct api_answer *ret)
{
    struct delivery_query query = { .event_id = question_place(question, "id") };
    return list_attempts(question, worker, ret, &query);
}

// ---- the table ----

#define STATE_PARAMETER                                                                            \
    {                                                                                              \
        "state", API_CHOICE, states, "Only in this state."                                         \
    }
#define SINK_PARAMETER                                                                             \
    {                                                                                              \
        "sink", API_TEXT, NULL, "Only of this sink."                                               \
    }
#define EVENT_PARAMETER                                                                            \
    {                                                                                              \
        "event_id", API_TEXT, NULL, "Only of this event."                                          \
    }

static const struct api_parameter delivery_query[] = { API_PAGE_PARAMETERS, SINK_PARAMETER,
                                                       STATE_PARAMETER, EVENT_PARAMETER };
static const struct api_parameter sink_query[] = { API_PAGE_PARAMETERS, STATE_PARAMETER };
static const struct api_parameter attempt_query[] = {
    API_PAGE_PARAMETERS,
    SINK_PARAMETER,
    EVENT_PARAMETER,
    { "delivery_id", API_NUMBER, NULL, "Only of this delivery." },
};
static const struct api_parameter page_query[] = { API_PAGE_PARAMETERS };

static const struct api_route rows[] = {
    { .method = EVHTTP_REQ_GET,
      .path = "/v1/deliveries",
      .scope = API_READ,
      .read = deliveries,
      .query = delivery_query,
      .query_count = ARRAY_LEN(delivery_query),
      .answer = "DeliveryPage",
      .doc = "The deliveries that are kept, newest first." },
    { .method = EVHTTP_REQ_GET,
      .path = "/v1/sinks/{name}/deliveries",
      .scope = API_READ,
      .read = deliveries_of_sink,
      .query = sink_query,
      .query_count = ARRAY_LEN(sink_query),
      .answer = "DeliveryPage",
      .doc = "The deliveries of a sink, newest first." },
    { .method = EVHTTP_REQ_GET,
      .path = "/v1/attempts",
      .scope = API_READ,
      .read = attempts,
      .query = attempt_query,
      .query_count = ARRAY_LEN(attempt_query),
      .answer = "AttemptPage",
      .doc = "The attempts that are kept: newest delivery first, and its newest attempt first." },
    { .method = EVHTTP_REQ_GET,
      .path = "/v1/events/{id}/attempts",
      .scope = API_READ,
      .read = attempts_of_event,
      .query = page_query,
      .query_count = ARRAY_LEN(page_query),
      .answer = "AttemptPage",
      .doc = "The attempts to deliver an event, to whichever sink." },
};
const struct api_routes delivery_routes = { rows, ARRAY_LEN(rows) };
