#include "bridge/api/events.h"

#include <event2/http.h>

#include "bridge/api/api-answer.h"
#include "bridge/api/pages.h"
#include "bridge/api/question.h"
#include "bridge/spi/store.h"
#include "bridge/spi/worker.h"

enum { ORDER_DESC, ORDER_ASC };
static const char *const orders[] = { "desc", "asc", NULL };

static bool add_event(const struct event_row *row, void *userdata)
{
    struct view *view = userdata;
    view_json(view, NULL, row->body, row->body_len);
    return pages_have_room(view);
}

static int list(const struct api_question *question, const struct worker *worker,
                struct api_answer *ret)
{
    struct event_query query = {
        .source = question_text(question, "source"),
        .type = question_text(question, "type"),
        .after_sequence = question_number(question, "after_sequence", 0),
        .since_ms = question_number(question, "since", 0),
        .until_ms = question_number(question, "until", 0),
        .oldest_first = question_number(question, "order", ORDER_DESC) == ORDER_ASC,
        .limit = question_limit(question),
    };
    struct listing_end end;
    int r;
    if (!pages_begin(question, &query.after, ret, &r)) {
        return r;
    }
    view_begin_page(&ret->view);
    r = worker->store->ops->reader_events(worker->reader, &query, add_event, &ret->view, &end);
    pages_end(&ret->view, &end);
    return r;
}

static int get(const struct api_question *question, const struct worker *worker,
               struct api_answer *ret)
{
    const struct event_query query = { .event_id = question_place(question, "id"), .limit = 1 };
    struct listing_end end;
    int r = worker->store->ops->reader_events(worker->reader, &query, add_event, &ret->view, &end);
    if (r == 0 && ret->view.text.len == 0) {
        r = api_answer_refuse(ret, 404, "not_found",
                              "there is no event of this id, or it was removed with age");
    }
    return r;
}

static const struct api_parameter list_query[] = {
    API_PAGE_PARAMETERS,
    { "source", API_TEXT, NULL, "Only of this source, or of one instance of it." },
    { "type", API_TEXT, NULL, "Only of this type; `*` and `?` are wild." },
    { "after_sequence", API_NUMBER, NULL, "Only with a larger sequence; for use with `source`." },
    { "since", API_TIME, NULL, "Only seen at this time or later." },
    { "until", API_TIME, NULL, "Only seen before this time." },
    { "order", API_CHOICE, orders, "desc (default): newest first; asc: oldest first." },
};

static const struct api_route rows[] = {
    { .method = EVHTTP_REQ_GET,
      .path = "/v1/events",
      .scope = API_READ,
      .read = list,
      .query = list_query,
      .query_count = ARRAY_LEN(list_query),
      .answer = "EventPage",
      .doc = "The events that are kept, each as it was sent." },
    { .method = EVHTTP_REQ_GET,
      .path = "/v1/events/{id}",
      .scope = API_READ,
      .read = get,
      .answer = "Event",
      .doc = "One event, as it was sent." },
};
const struct api_routes event_routes = { rows, ARRAY_LEN(rows) };
