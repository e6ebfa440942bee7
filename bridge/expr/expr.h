#pragma once
// Expressions in jq's syntax. A plain path (.a.b, .["a b"], .a[0], .a[], .a?, and such joined by |)
// runs natively on json-c and keeps every digit; anything more is a jq program.
//
// A path is stricter than jq: a missing member or element is EXPR_E_NOTHING, not null. A step with
// `?` is exactly jq's: a missing place is null, a value of the wrong type gives no result.
//
// struct expr is immutable and may be used by any thread. Compiled jq programs live in a context,
// one per thread, interned by text (compiling costs about 20 ms, a program cannot be shared).
//
// libjq 1.6 holds numbers as doubles. A number it cannot hold exactly keeps its digits when the
// program passes it through; an answer computed from one is refused in words (EXPR_E_FAILED), never
// rounded silently.
//
// A program sees its document alone: the environment, files, other inputs and the time of day are
// refused at load. A run is bounded in CPU time (2 s), results (1,000,000), the answer's memory
// (256 MiB) and depth. The memory libjq takes on the way is not: expressions are written by who
// runs the bridge, not by strangers.

#include <stdbool.h>
#include <stddef.h>

#include "bridge/base/cleanup.h"

struct json_object;
struct problem;
struct expr;
struct expr_context;

enum {
    EXPR_E_SYNTAX = 1, // the text is not an expression
    EXPR_E_NOTHING,    // a path found no such member, or the program gave no result
    EXPR_E_FAILED,     // a run-time error: iterating a number, jq's error(), a limit
};

// Checks the text; a jq program is compiled once here to find mistakes at load.
int expr_new(struct expr **ret, const char *text, struct problem **reterr) MUST_CHECK;
struct expr *expr_free(struct expr *expr); // accepts NULL, returns NULL
DEFINE_CLEANUP(expr)
const char *expr_text(const struct expr *expr); // borrowed
bool expr_is_path(const struct expr *expr);
bool expr_is_identity(const struct expr *expr); // "."

int expr_context_new(struct expr_context **ret) MUST_CHECK; // cheap until jq is needed
struct expr_context *expr_context_free(struct expr_context *context);
DEFINE_CLEANUP(expr_context)

// The first result; *ret is owned (a reference into the input for native paths; NULL = JSON null).
// `context` may be NULL for an expression that is a path.
int expr_eval(const struct expr *expr, struct expr_context *context, struct json_object *input,
              struct json_object **ret, struct problem **reterr) MUST_CHECK;
// Every result, as a new JSON array (for `items: .data[]`). A missing member on the way is
// EXPR_E_NOTHING; an empty array gives an empty array and 0.
int expr_eval_all(const struct expr *expr, struct expr_context *context, struct json_object *input,
                  struct json_object **ret, struct problem **reterr) MUST_CHECK;

// Text with {{ .path }} places (native paths only), e.g. header values over an event.
struct template;
int template_new(struct template **ret, const char *text, struct problem **reterr) MUST_CHECK;
struct template *template_free(struct template *template);
DEFINE_CLEANUP(template)
const char *template_text(const struct template *template); // borrowed
bool template_is_plain(const struct template *template);    // has no places
struct buf;
// Strings are inserted bare, other scalars as JSON; objects, arrays and missing members fail.
int template_render(const struct template *template, struct json_object *input, struct buf *ret,
                    struct problem **reterr) MUST_CHECK;
