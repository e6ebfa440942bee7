#pragma once
// One compiled jq program. Belongs to one thread.

#include <stdbool.h>
#include <stddef.h>

#include <jv.h>

#include "bridge/base/cleanup.h"

struct problem;
struct program;
struct watchdog;

enum {
    PROGRAM_E_SYNTAX = 1,
    PROGRAM_E_FAILED, // jq's error
    PROGRAM_E_LIMIT,  // too long or too many results; after the former the program is of no use
};

#define PROGRAM_RESULTS_MAX 1000000

// About 20 ms: libjq compiles its own library each time.
int program_new(struct program **ret, const char *text, struct problem **reterr) MUST_CHECK;
struct program *program_free(struct program *program);
DEFINE_CLEANUP(program)
const char *program_text(const struct program *program); // borrowed
bool program_is_spent(const struct program *program);    // was halted; free it

// Consumes input, also on failure. *ret is an array of the first `want` results, or of all of them
// when want is 0.
int program_run(struct program *program, struct watchdog *watchdog, jv input, size_t want, jv *ret,
                struct problem **reterr) MUST_CHECK;

// Compiles and throws away, to find mistakes. Texts that were fine are remembered process-wide, so
// that many sources with one expression cost one compilation. Any thread.
int program_check(const char *text, struct problem **reterr) MUST_CHECK;
