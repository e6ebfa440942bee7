#pragma once
// The inside of the dispatcher, for its own files.

#include <stddef.h>

#include "bridge/deliver/dispatcher.h"
#include "bridge/deliver/sink-sender.h"

struct sender_list {
    struct sink_sender **v; // sorted by name
    size_t n;
};

struct dispatcher {
    struct dispatcher_parts parts;
    struct sender_shared shared;
    struct sender_list senders; // also retired ones, until they are done
};

const struct sink_sender *dispatcher_find(const struct dispatcher *dispatcher,
                                          const char *sink); // NULL: none
