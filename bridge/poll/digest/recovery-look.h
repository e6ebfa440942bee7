#pragma once
// Which stored events a recovery tells its sink once more, and in which bytes. Runs on a worker.

#include "bridge/base/cleanup.h"

struct delivery;
struct event;
struct recovery;
struct recovery_page;
struct sink_settings;

// The next page: events that the recovery asks for and the sink still wants. Those that the sink
// never had are encoded as its settings say now. worker_ctx is a struct worker (spi/worker.h). 0 or
// -errno.
int recovery_look(void *worker_ctx, const struct sink_settings *sink,
                  const struct recovery *recovery, struct recovery_page *ret) MUST_CHECK;

// The delivery of an event that is not stored. As recovery_look.
int recovery_make(void *worker_ctx, const struct sink_settings *sink, const struct event *event,
                  struct delivery *ret) MUST_CHECK;
