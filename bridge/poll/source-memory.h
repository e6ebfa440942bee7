#pragma once
// How the last poll of a source ended, for people who ask. A good end costs no memory of its own.

#include <stdint.h>

#include "bridge/model/observer.h"
#include "bridge/poll/poll.h"

struct source_memory {
    enum poll_result result;
    int64_t at_ms; // wall time; 0: not polled by this process
    char *code;    // owned; NULL after a good end
    char *detail;
    uint32_t polls;
    uint32_t changes;
};

void source_memory_keep(struct source_memory *memory, const struct poll_end *end);
void source_memory_deinit(struct source_memory *memory);
