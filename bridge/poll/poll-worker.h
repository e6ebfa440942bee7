#pragma once
// Makes the context of a worker thread, a struct worker.

#include "bridge/base/cleanup.h"
#include "bridge/spi/worker.h"

// For struct workers_settings; userdata is the struct store.
int poll_worker_new(void **ret, void *userdata) MUST_CHECK;
void poll_worker_free(void *ctx);
