#include "bridge/api/call.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <event2/buffer.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>

#include "bridge/api/api-answer.h"
#include "bridge/api/call-state.h"
#include "bridge/api/idempotency.h"
#include "bridge/api/reply.h"
#include "bridge/api/route.h"
#include "bridge/api/view.h"
#include "bridge/base/buf.h"
#include "bridge/base/log.h"
#include "bridge/base/problem.h"
#include "bridge/base/str.h"
#include "bridge/model/json.h"

// ---- life ----

struct api_call *call_new(struct api_calls *calls, struct evhttp_request *request)
{
    struct api_call *call = calloc(1, sizeof(*call));
    if (!call) {
        return NULL;
    }
    call->calls = calls;
    call->request = request;
    call->next = calls->first;
    if (call->next) {
        call->next->previous = call;
    }
    calls->first = call;
    return call;
}

static void unlink_call(struct api_call *call)
{
    if (!call->calls) {
        return;
    }
    if (call->next) {
        call->next->previous = call->previous;
    }
    if (call->previous) {
        call->previous->next = call->next;
    } else {
        call->calls->first = call->next;
    }
}

static void call_free(struct api_call *call)
{
    unlink_call(call);
    question_deinit(&call->question);
    json_objectp(&call->body);
    stored_answer_deinit(&call->kept);
    free(call);
}

void calls_forget(struct api_calls *calls)
{
    reads_forget(&calls->reads);
    for (struct api_call *call = calls->first; call; call = call->next) {
        call->request = NULL;
        call->calls = NULL;
    }
    calls->first = NULL;
}

// ---- what is asked ----

const struct api_server_parts *call_parts(const struct api_call *call)
{
    return call->parts;
}

const struct api_question *call_question(const struct api_call *call)
{
    return &call->question;
}

const char *call_place(const struct api_call *call, const char *name)
{
    return question_place(&call->question, name);
}

struct json_object *call_body(const struct api_call *call)
{
    return call->body;
}

const char *call_header(const struct api_call *call, const char *name)
{
    return call->request ? evhttp_find_header(evhttp_request_get_input_headers(call->request), name)
                         : NULL;
}

const char *call_token(const struct api_call *call)
{
    return call->token;
}

// ---- what is answered ----

// Who made something happen, or tried to.
static void note_write(const struct api_call *call, int status)
{
    const struct api_route *route = call->question.route;
    if (route && route->scope >= API_WRITE) {
        log_info("asked over the API", LOG_STR("method", reply_method_name(route->method)),
                 LOG_STR("path", evhttp_uri_get_path(evhttp_request_get_evhttp_uri(call->request))),
                 LOG_STR("token", call->token), LOG_INT("status", status));
    }
}

static void end(struct api_call *call, int status, const char *type, const void *data, size_t len)
{
    if (call->request) {
        note_write(call, status);
        reply_bytes(call->request, status, type, data, len);
    }
    call_free(call);
}

struct evhttp_request *call_take_request(struct api_call *call)
{
    struct evhttp_request *request = call->request;
    call_free(call);
    return request;
}

bool call_is_head(const struct api_call *call)
{
    return call->request && evhttp_request_get_command(call->request) == EVHTTP_REQ_HEAD;
}

static int usual_status(const struct api_call *call)
{
    return call->question.route->status ? call->question.route->status : 200;
}

void call_answer_bytes(struct api_call *call, int status, const char *type, const void *data,
                       size_t len)
{
    status = status ? status : usual_status(call);
    if (!idempotency_keep(call, status, data, len)) {
        end(call, status, type, data, len);
    }
}

const struct stored_answer *call_keep_answer(struct api_call *call, int status,
                                             const struct view *view)
{
    if (!call->kept.key || view->error) {
        return NULL;
    }
    // With the line end that call_answer adds.
    AUTO_BUF struct buf text = { 0 };
    if (buf_printf(&text, "%s\n", buf_str(&view->text)) != 0) {
        return NULL;
    }
    call->kept.status = status ? status : usual_status(call);
    call->kept.body = buf_take(&text);
    call->is_kept = true;
    return &call->kept;
}

void call_answer(struct api_call *call, int status, struct view *take)
{
    struct view view = *take;
    *take = (struct view){ 0 };
    int r = view.error ? view.error : buf_append_char(&view.text, '\n');
    if (r == 0) {
        call_answer_bytes(call, status, "application/json", view.text.data, view.text.len);
    } else {
        call_refuse_error(call, r);
    }
    view_deinit(&view);
}

void call_answer_nothing(struct api_call *call)
{
    call_answer_bytes(call, 204, NULL, NULL, 0);
}

void call_refuse(struct api_call *call, int status, const char *code, const char *format, ...)
{
    char detail[1024];
    va_list list;
    va_start(list, format);
    (void)vsnprintf(detail, sizeof(detail), format, list);
    va_end(list);
    if (call->request) {
        note_write(call, status);
        reply_error(call->request, status, code, detail);
    }
    call_free(call);
}

void call_refuse_error(struct api_call *call, int error)
{
    if (error == -EAGAIN) {
        call_refuse(call, 503, "busy", "too much is under way; try again in a second");
    } else if (error == -ENOMEM || error == -EMSGSIZE) {
        call_refuse(call, 500, "out_of_memory", "the answer does not fit into memory");
    } else if (error == -ESHUTDOWN) {
        call_refuse(call, 503, "stopping", "the daemon stops");
    } else {
        call_refuse(call, 500, "internal_error", "%s; the log may say more", strerror(-error));
    }
}

void call_refuse_problem(struct api_call *call, int error, const struct problem *problem)
{
    if (error == -EINVAL && problem) {
        call_refuse(call, 400, problem->code, "%s", problem->message);
    } else {
        call_refuse_error(call, error);
    }
}

// ---- answers from the store ----

struct call_read {
    struct api_read read; // first
    struct api_call *call;
    struct api_answer answer;
    int result;
};

static void run_read(struct api_read *base, const struct worker *worker)
{
    struct call_read *read = (struct call_read *)base;
    const struct api_question *question = &read->call->question;
    read->result = worker ? question->route->read(question, worker, &read->answer) : -EIO;
}

static void finish_read(struct api_read *base)
{
    struct call_read *read = (struct call_read *)base;
    struct api_answer *answer = &read->answer;
    if (read->result < 0) {
        call_refuse_error(read->call, read->result);
    } else if (answer->status != 0) {
        call_refuse(read->call, answer->status, answer->code, "%s", answer->detail);
    } else {
        call_answer(read->call, 0, &answer->view);
    }
    api_answer_deinit(answer);
    free(read);
}

void call_start_read(struct api_call *call)
{
    struct call_read *read = calloc(1, sizeof(*read));
    int r = read ? 0 : -ENOMEM;
    if (read) {
        read->read.run = run_read;
        read->read.done = finish_read;
        read->call = call;
        read->result = -EAGAIN; // when it never runs
        r = reads_start(&call->calls->reads, &read->read);
    }
    if (r < 0) {
        free(read);
        call_refuse_error(call, r);
    }
}

// ---- the body ----

static bool is_json(const char *type)
{
    static const char json[] = "application/json";
    size_t len = type ? strcspn(type, "; \t") : 0;
    return len == strlen(json) && evutil_ascii_strncasecmp(type, json, len) == 0;
}

static int parse_body(struct api_call *call, const char *text, size_t len)
{
    CLEANUP(problem_freep) struct problem *problem = NULL;
    int r = json_read(&call->body, text, len, NULL, &problem);
    if (r > 0) {
        call_refuse(call, 400, "bad_json", "the body is no JSON: line %u, column %u: %s",
                    problem ? problem->line : 0, problem ? problem->column : 0,
                    problem ? problem->message : "syntax error");
    } else if (r < 0) {
        call_refuse_error(call, r);
    }
    return r;
}

int call_read_body(struct api_call *call)
{
    const struct api_route *route = call->question.route;
    struct evbuffer *input = evhttp_request_get_input_buffer(call->request);
    size_t len = evbuffer_get_length(input);
    if (len > CALL_BODY_MAX) {
        call_refuse(call, 413, "body_too_large", "a body has at most %d bytes here", CALL_BODY_MAX);
        return -EMSGSIZE;
    }
    if (!route->body || (len == 0 && route->body_optional)) {
        return 0;
    }
    if (len == 0) {
        call_refuse(call, 400, "missing_body", "%s takes a JSON body", route->path);
        return -EINVAL;
    }
    if (!is_json(call_header(call, "Content-Type"))) {
        call_refuse(call, 415, "unsupported_media_type",
                    "the body must be JSON; say so with Content-Type: application/json");
        return -EINVAL;
    }
    const char *text = (const char *)evbuffer_pullup(input, -1);
    if (!text) {
        call_refuse_error(call, -ENOMEM);
        return -ENOMEM;
    }
    return parse_body(call, text, len);
}
