#include "bridge/api/health.h"

#include "bridge/api/reply.h"
#include "bridge/api/routes.h"
#include "bridge/base/buf.h"
#include "bridge/base/metrics.h"

// That it answers at all is the news: the loop lives.
void health_alive(const struct api_call *call)
{
    reply_text(call->request, 200, "ok\n");
}

void health_ready(const struct api_call *call)
{
    AUTO_BUF struct buf why = { .max = 64 * 1024 };
    if (call->context->parts->is_ready(&why, call->context->parts->userdata)) {
        reply_text(call->request, 200, "ok\n");
    } else {
        reply_text(call->request, 503, why.len > 0 ? buf_str(&why) : "not ready\n");
    }
}

void health_metrics(const struct api_call *call)
{
    AUTO_BUF struct buf page = { 0 };
    if (metrics_render(call->context->parts->metrics, &page) < 0) {
        reply_error(call->request, 500, "out_of_memory",
                    "the metrics page does not fit into memory");
        return;
    }
    reply_bytes(call->request, 200, "text/plain; version=0.0.4; charset=utf-8", buf_str(&page),
                page.len);
}
