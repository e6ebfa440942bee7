#pragma once
// Reading the recorded answers and public suites in the folder named by POLLBRIDGE_CORPUS.

#include "bridge/base/buf.h"

#define EXIT_SKIPPED 77 // as meson understands it

// NULL, and a word on stdout, when the variable is not set: return EXIT_SKIPPED then.
const char *corpus_folder(void);
// The file's bytes; asserts that it can be read.
struct bytes corpus_read(const char *path) MUST_CHECK;
