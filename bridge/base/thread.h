#pragma once
// Starting a thread of this process.

#include <pthread.h>

#include "bridge/base/cleanup.h"

// Runs run(arg) on a new thread that takes no signal: those are the loop's (and SIGPIPE is
// nobody's, write says EPIPE). `name` is what tools show, at most 15 characters. 0 or the negative
// errno of pthread_create.
int thread_start(pthread_t *ret, const char *name, void *(*run)(void *arg), void *arg) MUST_CHECK;
