#pragma once
// What a jq program may not use: the environment (secrets live there), files, other inputs, the
// terminal and the time of day. An expression is a function of its document alone.

#include "bridge/base/cleanup.h"

struct problem;

enum { GUARD_E_REFUSED = 1 };

// Looks for the refused names outside of strings, comments, fields and variables. Words at load;
// the prelude below is what makes sure.
int guard_check(const char *text, struct problem **reterr) MUST_CHECK;

// jq text to put in front of a program: it binds every refused name to an error and $ENV to {},
// and wraps the builtins that abort the process or never return in libjq 1.6.
extern const char guard_prelude[];
