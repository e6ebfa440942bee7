#pragma once
// A command's options as a table; glibc's argp reads them and prints --help and --version.
// (argp stays behind this header: getopt.h has a `struct option` of its own.)

#include <stdbool.h>
#include <stddef.h>

#include "bridge/base/cleanup.h"

enum argument_type {
    ARGUMENT_TEXT,     // const char **
    ARGUMENT_SWITCH,   // bool *
    ARGUMENT_CHOICE,   // int *: index into choices
    ARGUMENT_DURATION, // int64_t * ms
    ARGUMENT_NUMBER,   // int64_t *: from 0
};

struct argument {
    char key;          // -c
    const char *name;  // --config
    const char *value; // "FILE", for --help
    const char *doc;
    enum argument_type type;
    void *into;                 // keeps its content when the argument is absent
    const char *const *choices; // NULL-terminated
};

struct positional {
    const char *name; // "SOURCE"
    const char **into;
    bool required; // optional ones come last
};

struct arguments {
    const char *doc;
    const struct argument *v;
    size_t n;
    const struct positional *positionals;
    size_t positional_count;
};

// Ends the process after --help and --version (code 0) and on wrong usage (code 2, with words).
// argv[0] is what messages call the command. 0 or -ENOMEM.
int arguments_parse(const struct arguments *arguments, int argc, char **argv) MUST_CHECK;
