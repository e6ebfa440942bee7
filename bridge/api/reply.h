#pragma once
// Answers of the HTTP API as evhttp sends them: bytes, and errors as {code, detail}.

#include <stddef.h>

struct evhttp_request;

void reply_set_header(struct evhttp_request *request, const char *name, const char *value);

// Both end the request. The body of an answer to HEAD is left out, its length is told. Without a
// content type there is no body.
void reply_bytes(struct evhttp_request *request, int status, const char *content_type,
                 const void *data, size_t len);
void reply_error(struct evhttp_request *request, int status, const char *code, const char *detail);

const char *reply_method_name(unsigned method);                      // of one EVHTTP_REQ_… bit
void reply_format_methods(unsigned methods, char *ret, size_t size); // "GET, HEAD"
