#pragma once
// Which function answers which path: the tables of all endpoints, and what is checked before one of
// them is asked.

#include <stddef.h>

#include "bridge/api/route.h"
#include "bridge/base/cleanup.h"

struct api_answer;
struct api_calls;
struct api_server_parts;
struct evhttp_request;
struct problem;
struct worker;

extern const struct api_routes *const route_tables[];
extern const size_t route_table_count;

// Answers every request, also those for no path and with no method of the tables.
void routes_dispatch(const struct api_server_parts *parts, struct api_calls *calls,
                     struct evhttp_request *request);

// What GET of a target ("/v1/events?limit=3") would answer of a store, without a listener: for
// routes with a `read`. 0, -EINVAL with words, or another -errno.
int routes_ask_store(const char *target, const struct worker *worker, struct api_answer *ret,
                     struct problem **reterr) MUST_CHECK;
