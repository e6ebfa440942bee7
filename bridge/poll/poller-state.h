#pragma once
// The inside of the poller, for its own files.

#include <stddef.h>

#include "bridge/poll/auth-sessions.h"
#include "bridge/poll/due-list.h"
#include "bridge/poll/poll-metrics.h"
#include "bridge/poll/poll-run.h"
#include "bridge/poll/poll.h"
#include "bridge/poll/poller.h"
#include "bridge/poll/source-list.h"

struct event;
struct host_gate;
struct note_writer;
struct renewals;

struct poller {
    struct poller_parts parts;
    struct poll_owner owner;
    struct settings *settings; // a reference
    struct source_list sources;
    struct auth_sessions sessions;
    struct host_gate *gate;
    struct note_writer *notes;
    struct renewals *renewals;
    struct poll_metrics metrics;
    struct due_list due; // sources that are not being polled
    struct event *gate_timer;
    size_t in_flight;
    struct poll_run run;
};
