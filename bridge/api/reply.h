#pragma once
// Answers of the HTTP API: plain text, bytes, and errors as {code, detail}.

#include <stddef.h>

struct evhttp_request;

// All of them end the request. The body of an answer to HEAD is left out, its length is told.
void reply_bytes(struct evhttp_request *request, int status, const char *content_type,
                 const void *data, size_t len);
void reply_text(struct evhttp_request *request, int status, const char *text);
void reply_error(struct evhttp_request *request, int status, const char *code, const char *detail);
