#pragma once
// Which handler answers which path. One table: a new endpoint is a row and a handler.

#include "bridge/api/server.h"

struct evhttp_request;

struct api_context { // what handlers may use; borrowed
    const struct api_server_parts *parts;
};

struct api_route {
    const char *path;
    unsigned methods; // EVHTTP_REQ_… bits; HEAD comes with GET
    void (*handle)(const struct api_context *context, struct evhttp_request *request);
};

// Answers every request, also those for no path and with no method of the table.
void routes_dispatch(const struct api_context *context, struct evhttp_request *request);
