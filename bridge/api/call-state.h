#pragma once
// The inside of a call, for those who make calls: the router and the listener.

#include "bridge/api/call.h"
#include "bridge/api/reads.h"
#include "bridge/spi/stored-answer.h"

struct api_streams;
struct connection_limit;
struct evhttp_request;
struct problem;

#define CALL_BODY_MAX   (64 * 1024)
#define CALL_TOKEN_SIZE 160

// All calls of a listener that are under way.
struct api_calls {
    struct api_call *first;
    struct api_reads reads;
    struct connection_limit *connections; // of the listener
    struct api_streams *streams;          // owned by the listener; NULL: none
};

struct api_call {
    struct api_calls *calls; // NULL: the listener is gone
    struct api_call *next;
    struct api_call *previous;
    const struct api_server_parts *parts;
    struct evhttp_request *request; // NULL: the listener is gone
    struct api_question question;
    struct json_object *body;
    char token[CALL_TOKEN_SIZE];
    struct stored_answer kept; // with an Idempotency-Key: what is to be answered again
    bool is_kept;              // its answer is, or is a repeat
};

struct api_call *call_new(struct api_calls *calls, struct evhttp_request *request); // NULL: memory
// Before the listener goes: the calls are answered into the void.
void calls_forget(struct api_calls *calls);

// Lets a worker find the answer by the route's `read`. Ends the call.
void call_start_read(struct api_call *call);
// Ends the call without an answer: the request is the caller's.
struct evhttp_request *call_take_request(struct api_call *call);
bool call_is_head(const struct api_call *call);

// Reads the JSON body where the route takes one. Not 0: it was refused, the call is over.
int call_read_body(struct api_call *call) MUST_CHECK;
