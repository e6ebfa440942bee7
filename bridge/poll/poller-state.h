#pragma once
// The inside of the poller, for its own files.

#include <stddef.h>

#include "bridge/poll/auth/auth-sessions.h"
#include "bridge/poll/departures.h"
#include "bridge/poll/due-list.h"
#include "bridge/poll/expansions.h"
#include "bridge/poll/poll-metrics.h"
#include "bridge/poll/poll-run.h"
#include "bridge/poll/poll-watchdog.h"
#include "bridge/poll/poll.h"
#include "bridge/poll/poller.h"
#include "bridge/poll/source-list.h"

struct event;
struct host_gate;
struct note_writer;
struct renewals;

struct run_request {
    char *name; // owned; NULL: all
    void (*done)(void *userdata);
    void *userdata;
};

struct poller {
    struct poller_parts parts;
    struct poll_owner owner;
    struct settings *settings; // a reference
    struct source_list sources;
    struct expansions expansions;
    struct departures departures;
    struct auth_sessions sessions;
    struct host_gate *gate;
    struct note_writer *notes;
    struct renewals *renewals;
    struct poll_metrics metrics;
    struct poll_watchdog watchdog;
    struct due_list due; // sources that are not being polled
    struct event *gate_timer;
    size_t in_flight;
    struct poll_run run;
    struct run_request waiting_run; // until the instances are known
    bool holds_run;                 // until those are that it brought
};
