#pragma once
// Which function answers which path: the tables of all endpoints, and what is checked before one of
// them is asked.

#include <stddef.h>

#include "bridge/api/route.h"

struct api_calls;
struct api_server_parts;
struct evhttp_request;

extern const struct api_routes *const route_tables[];
extern const size_t route_table_count;

// Answers every request, also those for no path and with no method of the tables.
void routes_dispatch(const struct api_server_parts *parts, struct api_calls *calls,
                     struct evhttp_request *request);
