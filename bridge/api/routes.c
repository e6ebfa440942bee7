#include "bridge/api/routes.h"

#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <stdio.h>
#include <string.h>

#include "bridge/api/access.h"
#include "bridge/api/health.h"
#include "bridge/api/reply.h"
#include "bridge/api/sources.h"
#include "bridge/base/str.h"

static const struct api_route routes[] = {
    { "/healthz", EVHTTP_REQ_GET, health_alive },
    { "/readyz", EVHTTP_REQ_GET, health_ready },
    { "/metrics", EVHTTP_REQ_GET, health_metrics },
    { "/v1/sources", EVHTTP_REQ_GET, sources_list },
    { "/v1/sources/{name}", EVHTTP_REQ_GET, sources_get },
    { "/v1/sources/{name}/poll", EVHTTP_REQ_POST, sources_poll },
    { "/v1/sources/{name}/accept", EVHTTP_REQ_POST, sources_accept },
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

// Does the path fit the pattern? {name} stands for one part of the path.
static bool fits(const char *pattern, const char *path, char name[API_NAME_SIZE])
{
    static const char place[] = "{name}";
    name[0] = '\0';
    for (; *pattern; pattern++, path++) {
        if (!str_starts(pattern, place)) {
            if (*pattern != *path) {
                return false;
            }
            continue;
        }
        size_t len = strcspn(path, "/");
        if (len == 0 || len >= API_NAME_SIZE) {
            return false;
        }
        (void)memcpy(name, path, len);
        name[len] = '\0';
        pattern += strlen(place) - 1;
        path += len - 1;
    }
    return *path == '\0';
}

// Names of sources and sinks hold nothing that would have to be encoded, but clients may do it.
static void decode_name(char name[API_NAME_SIZE])
{
    size_t len = 0;
    AUTO_FREE char *decoded = evhttp_uridecode(name, 0, &len);
    if (decoded && strlen(decoded) == len && len < API_NAME_SIZE) {
        (void)memcpy(name, decoded, len + 1);
    }
}

static void serve(const struct api_route *route, struct api_call *call)
{
    int status = 0;
    const struct api_server_parts *parts = call->context->parts;
    const struct secret *token = parts->token ? parts->token(parts->userdata) : NULL;
    const char *refusal =
        str_starts(route->path, "/v1") ? access_refuse(call->request, token, &status) : NULL;
    if (refusal) {
        reply_error(call->request, status, status == 401 ? "unauthorized" : "forbidden", refusal);
    } else if (allowed_methods(route) & (unsigned)evhttp_request_get_command(call->request)) {
        decode_name(call->name);
        route->handle(call);
    } else {
        refuse_method(route, call->request);
    }
}

void routes_dispatch(const struct api_context *context, struct evhttp_request *request)
{
    const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(request);
    const char *path = uri ? evhttp_uri_get_path(uri) : NULL;
    struct api_call call = { .context = context, .request = request };
    for (size_t i = 0; path && i < ARRAY_LEN(routes); i++) {
        if (fits(routes[i].path, path, call.name)) {
            serve(&routes[i], &call);
            return;
        }
    }
    reply_error(request, 404, "not_found",
                "there is nothing at this path; try /healthz, /readyz, /metrics or /v1/sources");
}
