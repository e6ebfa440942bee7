#include "bridge/api/routes.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <event2/http.h>
#include <event2/keyvalq_struct.h>

#include "bridge/api/access.h"
#include "bridge/api/call-state.h"
#include "bridge/api/deliveries.h"
#include "bridge/api/events.h"
#include "bridge/api/health.h"
#include "bridge/api/idempotency.h"
#include "bridge/api/openapi.h"
#include "bridge/api/recoveries.h"
#include "bridge/api/reply.h"
#include "bridge/api/server.h"
#include "bridge/api/sink-changes.h"
#include "bridge/api/sinks.h"
#include "bridge/api/sources.h"
#include "bridge/api/stream.h"
#include "bridge/base/clock.h"
#include "bridge/base/problem.h"
#include "bridge/base/str.h"

const struct api_routes *const route_tables[] = {
    &health_routes,   &sink_routes,        &source_routes,   &event_routes,   &stream_routes,
    &delivery_routes, &sink_change_routes, &recovery_routes, &openapi_routes,
};
const size_t route_table_count = ARRAY_LEN(route_tables);

// ---- which one ----

struct match {
    const struct api_route *route; // NULL: no path and method like these
    unsigned methods;              // what the path answers; 0: there is no such path
};

static unsigned methods_of(const struct api_route *route)
{
    return route->method == EVHTTP_REQ_GET ? EVHTTP_REQ_GET | EVHTTP_REQ_HEAD : route->method;
}

// A path that fits word for word is taken before one with a place in it.
static bool is_better(const struct api_route *route, const struct api_route *than)
{
    return !than || (strchr(than->path, '{') && !strchr(route->path, '{'));
}

static void match_table(const struct api_routes *table, const char *path, unsigned method,
                        struct match *match)
{
    char places[QUESTION_PLACES_MAX][QUESTION_NAME_SIZE];
    for (size_t i = 0; i < table->n; i++) {
        const struct api_route *route = &table->v[i];
        if (!question_fits(route->path, path, places)) {
            continue;
        }
        match->methods |= methods_of(route);
        if ((methods_of(route) & method) && is_better(route, match->route)) {
            match->route = route;
        }
    }
}

static struct match match_path(const char *path, unsigned method)
{
    struct match match = { 0 };
    for (size_t i = 0; path && i < route_table_count; i++) {
        match_table(route_tables[i], path, method, &match);
    }
    return match;
}

static void refuse_method(struct api_call *call, unsigned methods, const char *path)
{
    char allow[64];
    reply_format_methods(methods, allow, sizeof(allow));
    reply_set_header(call->request, "Allow", allow);
    call_refuse(call, 405, "method_not_allowed", "%.200s answers %s only", path, allow);
}

// ---- what is checked ----

static bool let_in(struct api_call *call, enum api_scope scope)
{
    const struct api_server_parts *parts = call->parts;
    const struct settings *settings = parts->settings ? parts->settings(parts->userdata) : NULL;
    const struct access access = access_check(call->request, settings, scope);
    (void)snprintf(call->token, sizeof(call->token), "%s", access.token);
    if (access.status == 0) {
        return true;
    }
    if (access.status == 401) {
        reply_set_header(call->request, "WWW-Authenticate", "Bearer realm=\"pollbridge\"");
    }
    call_refuse(call, access.status, access.status == 401 ? "unauthorized" : "forbidden", "%s",
                access.refusal);
    return false;
}

static bool read_query(struct api_call *call, const char *query)
{
    CLEANUP(problem_freep) struct problem *problem = NULL;
    if (call->question.route->scope == API_OPEN) {
        return true; // probes and scrapers add what they like
    }
    int r = question_read_query(&call->question, query, clock_wall_ms(&clock_system), &problem);
    if (r < 0) {
        call_refuse_problem(call, r, problem);
    }
    return r == 0;
}

static void serve(struct api_call *call, const struct api_route *route,
                  const struct evhttp_uri *uri)
{
    call->question.route = route;
    (void)question_fits(route->path, evhttp_uri_get_path(uri), call->question.places);
    if (!let_in(call, route->scope) || !read_query(call, evhttp_uri_get_query(uri)) ||
        call_read_body(call) != 0) {
        return;
    }
    if (route->read) {
        call_start_read(call);
    } else if (!idempotency_begin(call)) {
        route->handle(call);
    }
}

void routes_dispatch(const struct api_server_parts *parts, struct api_calls *calls,
                     struct evhttp_request *request)
{
    const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(request);
    const char *path = uri ? evhttp_uri_get_path(uri) : NULL;
    struct match match = match_path(path, (unsigned)evhttp_request_get_command(request));
    struct api_call *call = call_new(calls, request);
    if (!call) {
        reply_error(request, 500, "out_of_memory", "the request does not fit into memory");
        return;
    }
    call->parts = parts;
    if (match.route) {
        serve(call, match.route, uri);
    } else if (match.methods) {
        refuse_method(call, match.methods, path);
    } else {
        call_refuse(call, 404, "not_found",
                    "there is nothing at this path; /openapi.json says what there is");
    }
}

int routes_ask_store(const char *target, const struct worker *worker, struct api_answer *ret,
                     struct problem **reterr)
{
    CLEANUP(question_deinit) struct api_question question = { 0 };
    const char *query = strchr(target, '?');
    AUTO_FREE char *path = strndup(target, query ? (size_t)(query - target) : strlen(target));
    if (!path) {
        return -ENOMEM;
    }
    question.route = match_path(path, EVHTTP_REQ_GET).route;
    if (!question.route || !question.route->read) {
        return problem_set(reterr, -EINVAL, "not_stored", "%s is asked of a running daemon alone",
                           path);
    }
    (void)question_fits(question.route->path, path, question.places);
    int r = question_read_query(&question, query ? query + 1 : NULL, clock_wall_ms(&clock_system),
                                reterr);
    return r < 0 ? r : question.route->read(&question, worker, ret);
}
