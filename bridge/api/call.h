#pragma once
// One request from its arrival to its answer. Loop thread only.
//
// A handler ends its call exactly once, by one of the functions below: at once, or later from a
// completion. Until then it may keep the pointer; the client and even the listener may go
// meanwhile, then the answer goes nowhere and the call is freed all the same.

#include <stdint.h>

#include "bridge/api/question.h"
#include "bridge/base/cleanup.h"

struct api_call;
struct api_server_parts;
struct json_object;
struct problem;
struct stored_answer;
struct view;

const struct api_server_parts *call_parts(const struct api_call *call);
const struct api_question *call_question(const struct api_call *call);
// question_place of the call: what stands in the path in place of {name}.
const char *call_place(const struct api_call *call, const char *name);
// The JSON body of a route that takes one; NULL when there is none (or it is null). Borrowed.
struct json_object *call_body(const struct api_call *call);
// A header field of the request; NULL: absent. Borrowed until the call ends.
const char *call_header(const struct api_call *call, const char *name);
// Who asks: the name of the token in the configuration; "" without one. Borrowed.
const char *call_token(const struct api_call *call);

// For a request with an Idempotency-Key: the answer it will get, to be stored with what it does.
// NULL without a key. Borrowed until the call ends.
const struct stored_answer *call_keep_answer(struct api_call *call, int status,
                                             const struct view *view);

// All of them end the call. Status 0: the route's.
void call_answer(struct api_call *call, int status, struct view *take);
void call_answer_bytes(struct api_call *call, int status, const char *type, const void *data,
                       size_t len);
void call_answer_nothing(struct api_call *call); // 204
void call_refuse(struct api_call *call, int status, const char *code, const char *format, ...)
    PRINTF_LIKE(4, 5);
// -EAGAIN is 503 (with Retry-After), -ESHUTDOWN 503, any other negative errno 500.
void call_refuse_error(struct api_call *call, int error);
// -EINVAL with a problem: 400 with its words; else as call_refuse_error.
void call_refuse_problem(struct api_call *call, int error, const struct problem *problem);
