#pragma once
// A YAML text through config_load, with test drivers and a made-up environment.

#include <stddef.h>

#include "config/config.h"

struct settings;

struct loaded {
    struct settings *settings; // NULL when it was refused
    struct problems problems;
    int result;
};

struct loaded load_text(const char *text);
struct loaded load_bytes(const char *text, size_t len);
// As if it were the content of that file.
struct loaded load_text_as(const char *file, const char *text);
void loaded_deinit(struct loaded *loaded);

// All problems as lines; malloc'ed.
char *loaded_words(const struct loaded *loaded);
// Fails the test, with the words, unless the text loads without problem.
struct loaded load_good(const char *text);
