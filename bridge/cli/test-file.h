#pragma once
// `pollbridge test --from-file`: what an answer that is kept as a file would do, without asking
// anybody for it.

#include "bridge/cli/cli.h"

struct event_base;
struct settings;

struct test_file {
    const char *config; // for words
    const char *source; // its name, or that of an instance
    const char *answer;
    const char *content_type; // NULL: the server does not say
};

// Compares with what the store knows of the source, if anything; prints what would be told and to
// whom.
enum exit_code test_file_run(const struct test_file *test, struct event_base *base,
                             struct settings *settings);
