#pragma once
// Which deliveries of a lane become one, and in which bytes. Runs on a worker.

#include "bridge/base/cleanup.h"

struct coalescence;
struct coalesce_question;

// Leaves *ret zeroed when the first of them goes alone. worker_ctx is a struct worker
// (spi/worker.h). 0 or -errno.
int coalesce_look(void *worker_ctx, const struct coalesce_question *question,
                  struct coalescence *ret) MUST_CHECK;
