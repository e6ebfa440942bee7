#pragma once
// Which handler answers which path. One table: a new endpoint is a row and a handler.

#include "bridge/api/server.h"

struct evhttp_request;

struct api_context { // what handlers may use; borrowed
    const struct api_server_parts *parts;
};

#define API_NAME_SIZE 256

struct api_call {
    const struct api_context *context;
    struct evhttp_request *request;
    char name[API_NAME_SIZE]; // what stands in the path in place of {name}, decoded; "" without one
};

struct api_route {
    const char *path; // "/v1/sources/{name}/poll"; what begins with /v1 asks for access
    unsigned methods; // EVHTTP_REQ_… bits; HEAD comes with GET
    void (*handle)(const struct api_call *call); // ends the request, now or later
};

// Answers every request, also those for no path and with no method of the table.
void routes_dispatch(const struct api_context *context, struct evhttp_request *request);
