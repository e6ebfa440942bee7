#include "sinks/shape.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>

#include <json-c/json.h>

#include "bridge/base/problem.h"
#include "bridge/base/str.h"
#include "bridge/expr/expr.h"
#include "bridge/model/delivery.h"
#include "bridge/model/event.h"
#include "bridge/model/json.h"
#include "bridge/spi/option.h"
#include "sinks/cloudevents.h"
#include "sinks/data-forms.h"

enum { SHAPE_E_TEMPLATE = 1 };

static int fail(struct encoded *ret, const char *what, const struct problem *why)
{
    free(ret->error);
    ret->error = str_printf("%s: %s", what, why ? why->message : "it cannot be evaluated");
    return ret->error ? SHAPE_E_TEMPLATE : -ENOMEM;
}

static int write_body(struct json_object *value, struct encoded *ret)
{
    struct buf AUTO_BUF text = { 0 };
    int r = json_write(&text, value);
    if (r == 0) {
        ret->body = buf_take(&text);
        ret->own_body = true;
    }
    return r;
}

static int encode_body(const struct expr *body, struct expr_context *context,
                       struct json_object *event, struct encoded *ret)
{
    struct problem CLEANUP(problem_freep) *why = NULL;
    struct json_object AUTO_JSON *value = NULL;
    int r = expr_eval(body, context, event, &value, &why);
    if (r > 0) {
        return fail(ret, "the template \"body\" fails", why);
    }
    return r == 0 ? write_body(value, ret) : r;
}

static int encode_cloudevent(const struct event *event, struct json_object *data,
                             struct encoded *ret)
{
    struct buf AUTO_BUF text = { 0 };
    int r = cloudevents_write(event, data, &text);
    if (r == 0) {
        ret->body = buf_take(&text);
        ret->own_body = true;
    }
    return r;
}

static int encode_form(const struct shape *shape, const struct event *event,
                       struct json_object *value, struct encoded *ret)
{
    struct json_object *data = json_object_object_get(value, "data");
    int r = 0;
    switch (shape->form) {
    case SHAPE_EVENT: return shape->forms->n > 0 ? write_body(value, ret) : 0;
    case SHAPE_RAW: return write_body(json_object_object_get(data, "after"), ret);
    case SHAPE_CLOUDEVENTS: return encode_cloudevent(event, data, ret);
    case SHAPE_CLOUDEVENTS_BINARY:
        r = cloudevents_set_fields(event, &ret->headers);
        return r == 0 ? write_body(data, ret) : r;
    }
    return 0;
}

// A field value is one line of visible text; what an event holds is anything.
static bool is_field_value(const struct buf *text)
{
    for (size_t i = 0; i < text->len; i++) {
        unsigned char c = (unsigned char)text->data[i];
        if ((c < ' ' && c != '\t') || c == 0x7F) {
            return false;
        }
    }
    return true;
}

static int encode_header(const struct template_pair *pair, struct json_object *event,
                         struct encoded *ret)
{
    char what[160];
    struct problem CLEANUP(problem_freep) *why = NULL;
    struct buf AUTO_BUF text = { 0 };
    int r = template_render(pair->value, event, &text, &why);
    if (r == 0 && !is_field_value(&text)) {
        r = problem_set(&why, SHAPE_E_TEMPLATE, "template_type",
                        "the event has a line end or another control character there");
    }
    if (r > 0) {
        (void)snprintf(what, sizeof(what), "the template of the header field \"%.80s\" fails",
                       pair->name);
        return fail(ret, what, why);
    }
    return r == 0 ? headers_set(&ret->headers, pair->name, buf_str(&text)) : r;
}

static bool has_places(const struct template_pairs *headers)
{
    for (size_t i = 0; headers && i < headers->n; i++) {
        if (!template_is_plain(headers->v[i].value)) {
            return true;
        }
    }
    return false;
}

static int encode_parts(const struct shape *shape, struct expr_context *context,
                        const struct event *from, struct json_object *event, struct encoded *ret)
{
    int r = data_forms_apply(shape->forms, json_object_object_get(event, "data"));
    for (size_t i = 0; r == 0 && shape->headers && i < shape->headers->n; i++) {
        const struct template_pair *pair = &shape->headers->v[i];
        if (!template_is_plain(pair->value)) {
            r = encode_header(pair, event, ret);
        }
    }
    if (r != 0) {
        return r;
    }
    if (shape->body) {
        return encode_body(shape->body, context, event, ret);
    }
    return encode_form(shape, from, event, ret);
}

static bool is_event_itself(const struct shape *shape)
{
    return shape->form == SHAPE_EVENT && !shape->body && shape->forms->n == 0 &&
           !has_places(shape->headers);
}

int shape_encode(const struct shape *given, struct expr_context *context, const struct event *event,
                 struct encoded *ret)
{
    static const struct string_list no_forms;
    struct shape shape = *given;
    shape.forms = shape.forms ? shape.forms : &no_forms;
    if (is_event_itself(&shape)) {
        return 0;
    }
    struct problem CLEANUP(problem_freep) *why = NULL;
    struct json_object AUTO_JSON *value = NULL;
    struct encoded CLEANUP(encoded_deinit) encoded = { 0 };
    int r = event_read_body(event, &value, &why);
    if (r > 0) {
        r = fail(&encoded, "the event cannot be read", why);
    } else if (r == 0) {
        r = encode_parts(&shape, context, event, value, &encoded);
    }
    if (r < 0) {
        return r;
    }
    *ret = encoded;
    encoded = (struct encoded){ 0 };
    return 0;
}
