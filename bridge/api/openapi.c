#include "bridge/api/openapi.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include <event2/http.h>

#include "bridge/api/call.h"
#include "bridge/api/question.h"
#include "bridge/api/reply.h"
#include "bridge/api/routes.h"
#include "bridge/api/view.h"
#include "bridge/base/str.h"

// schemas.json, as the build embeds it.
extern const char api_schemas[];

static const char *scope_name(enum api_scope scope)
{
    static const char *const names[] = {
        [API_OPEN] = "none",
        [API_READ] = "read",
        [API_WRITE] = "write",
        [API_ADMIN] = "admin",
    };
    return names[scope];
}

// "get_v1_sources_name_poll"
static void view_operation_id(struct view *view, const struct api_route *route)
{
    char id[160];
    size_t len =
        (size_t)snprintf(id, sizeof(id), "%s%s", reply_method_name(route->method), route->path);
    for (size_t i = 0; i < len; i++) {
        id[i] = isalnum((unsigned char)id[i]) ? (char)tolower((unsigned char)id[i]) : '_';
    }
    view_text(view, "operationId", id);
}

// ---- parameters ----

static void view_place(struct view *view, const char *name, size_t len)
{
    char text[QUESTION_NAME_SIZE];
    (void)snprintf(text, sizeof(text), "%.*s", (int)len, name);
    view_open(view, NULL, '{');
    view_text(view, "name", text);
    view_text(view, "in", "path");
    view_flag(view, "required", true);
    view_open(view, "schema", '{');
    view_text(view, "type", "string");
    view_close(view, '}');
    view_close(view, '}');
}

static void view_choices(struct view *view, const char *const *choices)
{
    view_open(view, "enum", '[');
    for (size_t i = 0; choices[i]; i++) {
        view_text(view, NULL, choices[i]);
    }
    view_close(view, ']');
}

static void view_type(struct view *view, const struct api_parameter *parameter)
{
    static const char *const types[] = {
        [API_TEXT] = "string",  [API_NUMBER] = "integer", [API_TIME] = "string",
        [API_FLAG] = "boolean", [API_CHOICE] = "string",
    };
    bool is_limit = str_eq(parameter->name, "limit");
    view_open(view, "schema", '{');
    view_text(view, "type", types[parameter->type]);
    if (parameter->type == API_NUMBER) {
        view_number(view, "minimum", is_limit ? 1 : 0);
    }
    if (is_limit) {
        view_number(view, "maximum", PAGE_LIMIT_MOST);
        view_number(view, "default", PAGE_LIMIT_USUAL);
    }
    if (parameter->type == API_CHOICE) {
        view_choices(view, parameter->choices);
    }
    view_close(view, '}');
}

static void view_parameter(struct view *view, const struct api_parameter *parameter)
{
    view_open(view, NULL, '{');
    view_text(view, "name", parameter->name);
    view_text(view, "in", "query");
    view_text(view, "description", parameter->doc);
    view_type(view, parameter);
    view_close(view, '}');
}

static void view_parameters(struct view *view, const struct api_route *route)
{
    view_open(view, "parameters", '[');
    for (const char *at = strchr(route->path, '{'); at; at = strchr(at, '{')) {
        at++;
        view_place(view, at, strcspn(at, "}"));
    }
    for (size_t i = 0; i < route->query_count; i++) {
        view_parameter(view, &route->query[i]);
    }
    view_close(view, ']');
}

// ---- bodies ----

static void view_reference(struct view *view, const char *name)
{
    char text[128];
    (void)snprintf(text, sizeof(text), "#/components/schemas/%s", name);
    view_text(view, "$ref", text);
}

// "SourcePage": a page of what "Source" describes.
static void view_page_schema(struct view *view, const char *item)
{
    static const char iterator[] =
        "{\"type\":[\"string\",\"null\"],\"description\":\"Where the next "
        "page begins.\"}";
    static const char done[] = "{\"type\":\"boolean\",\"description\":\"Nothing is left.\"}";
    static const char required[] = "[\"data\",\"iterator\",\"done\"]";
    view_text(view, "type", "object");
    view_json(view, "required", required, strlen(required));
    view_flag(view, "additionalProperties", false);
    view_open(view, "properties", '{');
    view_open(view, "data", '{');
    view_text(view, "type", "array");
    view_open(view, "items", '{');
    view_reference(view, item);
    view_close(view, '}');
    view_close(view, '}');
    view_json(view, "iterator", iterator, strlen(iterator));
    view_json(view, "done", done, strlen(done));
    view_close(view, '}');
}

static void view_schema(struct view *view, const char *name)
{
    static const char page[] = "Page";
    view_open(view, "schema", '{');
    if (str_ends(name, page)) {
        char item[64];
        (void)snprintf(item, sizeof(item), "%.*s", (int)(strlen(name) - strlen(page)), name);
        view_page_schema(view, item);
    } else {
        view_reference(view, name);
    }
    view_close(view, '}');
}

// `type` without a schema is text.
static void view_content(struct view *view, const char *type, const char *schema)
{
    view_open(view, "content", '{');
    view_open(view, type, '{');
    if (schema) {
        view_schema(view, schema);
    } else {
        view_open(view, "schema", '{');
        view_text(view, "type", "string");
        view_close(view, '}');
    }
    view_close(view, '}');
    view_close(view, '}');
}

static void view_body(struct view *view, const struct api_route *route)
{
    view_open(view, "requestBody", '{');
    view_flag(view, "required", !route->body_optional);
    view_content(view, "application/json", route->body);
    view_close(view, '}');
}

static void view_responses(struct view *view, const struct api_route *route)
{
    char status[8];
    (void)snprintf(status, sizeof(status), "%d", route->status ? route->status : 200);
    view_open(view, "responses", '{');
    view_open(view, status, '{');
    view_text(view, "description", route->doc);
    if (route->answer || route->type) {
        view_content(view, route->type ? route->type : "application/json", route->answer);
    }
    view_close(view, '}');
    view_open(view, "default", '{');
    view_text(view, "description", "It was refused, or could not be done.");
    view_content(view, "application/json", "Error");
    view_close(view, '}');
    view_close(view, '}');
}

// ---- paths ----

static void view_operation(struct view *view, const struct api_route *route)
{
    char method[16];
    (void)snprintf(method, sizeof(method), "%s", reply_method_name(route->method));
    for (char *c = method; *c; c++) {
        *c = (char)tolower((unsigned char)*c);
    }
    view_open(view, method, '{');
    view_operation_id(view, route);
    view_text(view, "summary", route->doc);
    view_text(view, "x-scope", scope_name(route->scope));
    view_open(view, "security", '[');
    if (route->scope != API_OPEN) {
        static const char bearer[] = "{\"bearer\":[]}";
        view_json(view, NULL, bearer, strlen(bearer));
    }
    view_json(view, NULL, "{}", 2); // without tokens in the configuration none is asked for
    view_close(view, ']');
    view_parameters(view, route);
    if (route->body) {
        view_body(view, route);
    }
    view_responses(view, route);
    view_close(view, '}');
}

typedef void (*route_fn)(struct view *view, const struct api_route *route, const void *userdata);

static void for_each_route(struct view *view, route_fn visit, const void *userdata)
{
    for (size_t i = 0; i < route_table_count; i++) {
        for (size_t j = 0; j < route_tables[i]->n; j++) {
            visit(view, &route_tables[i]->v[j], userdata);
        }
    }
}

static void view_if_same_path(struct view *view, const struct api_route *route, const void *first)
{
    if (str_eq(route->path, ((const struct api_route *)first)->path)) {
        view_operation(view, route);
    }
}

static const struct api_route *first_of_path(const char *path)
{
    for (size_t i = 0; i < route_table_count; i++) {
        for (size_t j = 0; j < route_tables[i]->n; j++) {
            if (str_eq(route_tables[i]->v[j].path, path)) {
                return &route_tables[i]->v[j];
            }
        }
    }
    return NULL;
}

static void view_path(struct view *view, const struct api_route *route, const void *unused)
{
    (void)unused;
    if (first_of_path(route->path) == route) {
        view_open(view, route->path, '{');
        for_each_route(view, view_if_same_path, route);
        view_close(view, '}');
    }
}

static void view_info(struct view *view)
{
    view_open(view, "info", '{');
    view_text(view, "title", "pollbridge");
    view_text(view, "version", POLLBRIDGE_VERSION);
    view_text(view, "summary", "APIs that can only be polled, as signed webhooks.");
    view_open(view, "license", '{');
    view_text(view, "name", "Apache-2.0");
    view_text(view, "identifier", "Apache-2.0");
    view_close(view, '}');
    view_close(view, '}');
}

static void view_components(struct view *view)
{
    static const char bearer[] =
        "{\"bearer\":{\"type\":\"http\",\"scheme\":\"bearer\",\"description\":"
        "\"server.token, or one of tokens with the scope that x-scope names or a wider one.\"}}";
    view_open(view, "components", '{');
    view_json(view, "schemas", api_schemas, strlen(api_schemas));
    view_json(view, "securitySchemes", bearer, strlen(bearer));
    view_close(view, '}');
}

static void document(struct api_call *call)
{
    struct view view = { 0 };
    view_open(&view, NULL, '{');
    view_text(&view, "openapi", "3.1.0");
    view_info(&view);
    view_open(&view, "paths", '{');
    for_each_route(&view, view_path, NULL);
    view_close(&view, '}');
    view_components(&view);
    view_close(&view, '}');
    call_answer(call, 0, &view);
}

static const struct api_route rows[] = {
    { .method = EVHTTP_REQ_GET,
      .path = "/openapi.json",
      .handle = document,
      .answer = "OpenApi",
      .doc = "This document." },
};
const struct api_routes openapi_routes = { rows, ARRAY_LEN(rows) };
