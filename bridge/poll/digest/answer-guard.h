#pragma once
// What an answer has to have, and must not have, before anything is looked for in it. Pure.

#include "bridge/base/cleanup.h"

struct expr_context;
struct guard_settings;
struct json_object;
struct problem;

enum { ANSWER_GUARD_E_BAD = 1 }; // code "required_missing", "error_answer" or "error_when_failed"

// Every page of the answer (pages.h). 0, ANSWER_GUARD_E_BAD, -ENOMEM.
int answer_guard(const struct guard_settings *guard, struct expr_context *context,
                 struct json_object *pages, struct problem **reterr) MUST_CHECK;
