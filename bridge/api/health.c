#include "bridge/api/health.h"

#include <string.h>

#include <event2/http.h>

#include "bridge/api/call.h"
#include "bridge/api/server.h"
#include "bridge/base/buf.h"
#include "bridge/base/metrics.h"

#define PLAIN "text/plain; charset=utf-8"

static void answer_text(struct api_call *call, int status, const char *text)
{
    call_answer_bytes(call, status, PLAIN, text, strlen(text));
}

// That it answers at all is the news: the loop lives.
static void alive(struct api_call *call)
{
    answer_text(call, 0, "ok\n");
}

static void ready(struct api_call *call)
{
    AUTO_BUF struct buf why = { .max = 64 * 1024 };
    const struct api_server_parts *parts = call_parts(call);
    if (parts->is_ready(&why, parts->userdata)) {
        answer_text(call, 0, "ok\n");
    } else {
        answer_text(call, 503, why.len > 0 ? buf_str(&why) : "not ready\n");
    }
}

static void metrics(struct api_call *call)
{
    AUTO_BUF struct buf page = { 0 };
    int r = metrics_render(call_parts(call)->metrics, &page);
    if (r < 0) {
        call_refuse_error(call, r);
        return;
    }
    call_answer_bytes(call, 0, "text/plain; version=0.0.4; charset=utf-8", buf_str(&page),
                      page.len);
}

static const struct api_route rows[] = {
    { .method = EVHTTP_REQ_GET,
      .path = "/healthz",
      .handle = alive,
      .type = PLAIN,
      .doc = "The process lives." },
    { .method = EVHTTP_REQ_GET,
      .path = "/readyz",
      .handle = ready,
      .type = PLAIN,
      .doc = "Polls and deliveries are on time; 503 with the reasons when not." },
    { .method = EVHTTP_REQ_GET,
      .path = "/metrics",
      .handle = metrics,
      .type = "text/plain; version=0.0.4",
      .doc = "Counters in the text format of Prometheus." },
};
const struct api_routes health_routes = { rows, ARRAY_LEN(rows) };
