#include "bridge/api/sinks.h"

#include <event2/http.h>

#include "bridge/api/call.h"
#include "bridge/api/server.h"
#include "bridge/api/view.h"
#include "bridge/spi/settings.h"
#include "bridge/spi/sink-control.h"
#include "bridge/spi/sink.h"

// ---- one sink as JSON ----

static const char *state_of(const struct sink_status *status)
{
    if (status->health.disabled_at_ms != 0) {
        return "disabled";
    }
    return status->health.failures > 0 ? "failing" : "ok";
}

static void view_list(struct view *view, const char *name, const struct string_list *list)
{
    view_open(view, name, '[');
    for (size_t i = 0; i < list->n; i++) {
        view_text(view, NULL, list->v[i]);
    }
    view_close(view, ']');
}

void sinks_view_members(const struct sink_status *status, void *userdata)
{
    struct view *view = userdata;
    const struct sink_health *health = &status->health;
    view_text(view, "name", status->name);
    view_text(view, "type", status->settings->driver->name);
    view_text(view, "managed_by", status->settings->is_managed ? "api" : "config");
    view_text(view, "state", state_of(status));
    view_list(view, "sources", &status->settings->sources);
    view_list(view, "types", &status->settings->types);
    view_number(view, "waiting", status->waiting);
    view_number(view, "held", status->held);
    view_time(view, "oldest_waiting_at", status->oldest_at_ms);
    view_number(view, "in_flight", (int64_t)status->in_flight);
    view_flag(view, "resting", status->is_resting);
    view_time(view, "failing_since", health->failing_since_ms);
    view_number(view, "failures", health->failures);
    view_time(view, "disabled_at", health->disabled_at_ms);
    view_number(view, "delivered", (int64_t)status->delivered);
    view_number(view, "failed", (int64_t)status->failed);
}

void sinks_view(const struct sink_status *status, void *userdata)
{
    struct view *view = userdata;
    view_open(view, NULL, '{');
    sinks_view_members(status, view);
    view_close(view, '}');
}

// ---- answers ----

struct page {
    struct view view;
    const char *last; // name of the last one on it; borrowed
};

static void add_sink(const struct sink_status *status, void *userdata)
{
    struct page *page = userdata;
    sinks_view(status, &page->view);
    page->last = status->name;
}

static void list(struct api_call *call)
{
    const struct sink_control *control = call_parts(call)->sinks;
    const struct api_question *question = call_question(call);
    struct page page = { 0 };
    view_begin_page(&page.view);
    bool more = control->list(question_text(question, "iterator"), question_limit(question),
                              add_sink, &page, control->userdata);
    view_end_page(&page.view, page.last, !more);
    call_answer(call, 0, &page.view);
}

static const struct api_parameter page_query[] = { API_PAGE_PARAMETERS };

static const struct api_route rows[] = {
    { .method = EVHTTP_REQ_GET,
      .path = "/v1/sinks",
      .scope = API_READ,
      .handle = list,
      .query = page_query,
      .query_count = ARRAY_LEN(page_query),
      .answer = "SinkPage",
      .doc = "The sinks by name." },
};
const struct api_routes sink_routes = { rows, ARRAY_LEN(rows) };
