#include "bridge/cli/show-request.h"

#include <errno.h>
#include <string.h>

#include <json-c/json.h>

#include "bridge/base/buf.h"
#include "bridge/base/str.h"
#include "bridge/cli/show.h"
#include "bridge/model/credential.h"
#include "bridge/model/http.h"
#include "bridge/model/json.h"

// The list of secrets takes none that are shorter, so in a field that may hold one they stay
// hidden.
#define SHOWN_LEAST 6

static const char stars[] = "***";

// ---- header fields ----

static bool hides_field(const struct header *field)
{
    size_t len = strlen(field->value);
    return len < SHOWN_LEAST ||
           credential_is_likely(field->name, field->name_len, field->value, len);
}

static void show_fields(const struct http_request *request)
{
    for (size_t i = 0; i < request->headers.n; i++) {
        show("> %s: %s\n", request->headers.v[i].name, request->headers.v[i].value);
    }
    for (size_t i = 0; i < request->secret_headers.n; i++) {
        const struct header *field = &request->secret_headers.v[i];
        show("> %s: %s\n", field->name, hides_field(field) ? stars : field->value);
    }
}

// ---- the body ----

static int hide_members(struct json_object *value);

static int hide_member(struct json_object *object, const char *name, struct json_object *value)
{
    if (json_object_is_type(value, json_type_object) ||
        json_object_is_type(value, json_type_array)) {
        return hide_members(value);
    }
    bool is_text = json_object_is_type(value, json_type_string);
    const char *text = is_text ? json_object_get_string(value) : "";
    size_t len = (size_t)json_object_get_string_len(value); // 0 for all that is no text
    if (!credential_is_likely(name, strlen(name), text, len)) {
        return 0;
    }
    struct json_object *hidden = json_object_new_string(stars);
    if (!hidden || json_object_object_add(object, name, hidden) != 0) {
        (void)json_object_put(hidden);
        return -ENOMEM;
    }
    return 0;
}

// As deep as a configuration is.
static int hide_members(struct json_object *value)
{
    int r = 0;
    if (json_object_is_type(value, json_type_object)) {
        json_object_object_foreach(value, name, member)
        {
            r = r ? r : hide_member(value, name, member);
        }
    } else if (json_object_is_type(value, json_type_array)) {
        for (size_t i = 0; r == 0 && i < json_object_array_length(value); i++) {
            r = hide_members(json_object_array_get_idx(value, i));
        }
    }
    return r;
}

static bool is_form(const struct http_request *request)
{
    const char *type = headers_get(&request->headers, "Content-Type");
    return type && strncasecmp(type, "application/x-www-form-urlencoded", 33) == 0;
}

// A form is what stands in a query, too.
static int form_text(const struct bytes *body, struct buf *ret)
{
    AUTO_FREE char *query = str_printf("?%.*s", (int)body->len, body->data);
    AUTO_FREE char *shown = query ? url_redact(query) : NULL;
    return shown ? buf_append_str(ret, shown + 1) : -ENOMEM;
}

static int body_text(const struct http_request *request, struct buf *ret)
{
    const struct bytes *body = &request->body;
    AUTO_JSON struct json_object *value = NULL;
    if (is_form(request)) {
        return form_text(body, ret);
    }
    if (json_read(&value, body->data, body->len, NULL, NULL) != 0) {
        return buf_append(ret, body->data, body->len);
    }
    int r = hide_members(value);
    return r ? r : json_write(ret, value);
}

void show_request(const struct http_request *request)
{
    AUTO_FREE char *url = url_redact(request->url);
    AUTO_BUF struct buf body = { 0 };

    show("> %s %s\n", request->method ? request->method : "GET", url ? url : "?");
    show_fields(request);
    if (request->body.len > 0 && body_text(request, &body) == 0) {
        show_body(&(struct bytes){ .data = body.data, .len = body.len });
    } else {
        show("\n");
    }
}
