#include "bridge/api/routes.h"

#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <stdio.h>
#include <string.h>

#include "bridge/api/health.h"
#include "bridge/api/reply.h"
#include "bridge/base/str.h"

static const struct api_route routes[] = {
    { "/healthz", EVHTTP_REQ_GET, health_alive },
    { "/readyz", EVHTTP_REQ_GET, health_ready },
    { "/metrics", EVHTTP_REQ_GET, health_metrics },
};

static const struct {
    unsigned method;
    const char *name;
} methods[] = {
    { EVHTTP_REQ_GET, "GET" },     { EVHTTP_REQ_HEAD, "HEAD" },     { EVHTTP_REQ_POST, "POST" },
    { EVHTTP_REQ_PATCH, "PATCH" }, { EVHTTP_REQ_DELETE, "DELETE" },
};

static unsigned allowed_methods(const struct api_route *route)
{
    return route->methods & EVHTTP_REQ_GET ? route->methods | EVHTTP_REQ_HEAD : route->methods;
}

static void refuse_method(const struct api_route *route, struct evhttp_request *request)
{
    char allow[64] = "";
    char detail[128];
    size_t len = 0;
    for (size_t i = 0; i < ARRAY_LEN(methods); i++) {
        if (allowed_methods(route) & methods[i].method) {
            len += (size_t)snprintf(allow + len, sizeof(allow) - len, "%s%s", len ? ", " : "",
                                    methods[i].name);
        }
    }
    (void)snprintf(detail, sizeof(detail), "%s answers %s only", route->path, allow);
    (void)evhttp_add_header(evhttp_request_get_output_headers(request), "Allow", allow);
    reply_error(request, 405, "method_not_allowed", detail);
}

void routes_dispatch(const struct api_context *context, struct evhttp_request *request)
{
    const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(request);
    const char *path = uri ? evhttp_uri_get_path(uri) : NULL;
    for (size_t i = 0; path && i < ARRAY_LEN(routes); i++) {
        if (!str_eq(path, routes[i].path)) {
            continue;
        }
        if (allowed_methods(&routes[i]) & (unsigned)evhttp_request_get_command(request)) {
            routes[i].handle(context, request);
        } else {
            refuse_method(&routes[i], request);
        }
        return;
    }
    reply_error(request, 404, "not_found",
                "there is nothing at this path; try /healthz, /readyz or /metrics");
}
