#pragma once
// One poll of every source, or of one, without the schedule: who is still to come back. Loop thread
// only.

#include <stdbool.h>
#include <stddef.h>

#include "bridge/base/cleanup.h"

struct event;
struct event_base;
struct poll_source;
struct source_list;

struct poll_run {
    size_t left;
    bool is_open; // whoever comes in while it lasts joins it
    struct event *end;
    void (*done)(void *userdata);
    void *userdata;
};

int poll_run_init(struct poll_run *run, struct event_base *base) MUST_CHECK; // 0 or -ENOMEM
void poll_run_deinit(struct poll_run *run);

// Marks the source or the instance of that name, or all instances of the source (NULL: every source
// of the configuration). `done` is called later, from the loop, when all of them left; a run before
// this one is forgotten.
void poll_run_begin(struct poll_run *run, const struct source_list *sources, const char *name,
                    void (*done)(void *userdata), void *userdata);
// An instance that a poll of this run brought.
void poll_run_join(struct poll_run *run, struct poll_source *source);
// Nobody ends the run before this is taken back.
void poll_run_hold(struct poll_run *run);
void poll_run_release(struct poll_run *run);
void poll_run_leave(struct poll_run *run, struct poll_source *source); // no-op when not in it
