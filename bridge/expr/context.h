#pragma once
// The inside of struct expr_context, for expr.c and tests.

#include <stdbool.h>
#include <stdint.h>

#include "bridge/base/cleanup.h"

struct expr_context;
struct json_object;
struct problem;

#define CONTEXT_PROGRAMS 64   // compiled programs kept, the least recently used one goes first
#define CONTEXT_LIMIT_MS 2000 // CPU time of one run

// Runs the jq program `text`. all: *ret is an array of every result, else the first result. Results
// as expr_eval.
int context_run(struct expr_context *context, const char *text, struct json_object *input, bool all,
                struct json_object **ret, struct problem **reterr) MUST_CHECK;

// For tests: before the first run.
void context_set_limit(struct expr_context *context, int64_t limit_ms);
// How many programs were compiled so far.
uint64_t context_compiled(const struct expr_context *context);
