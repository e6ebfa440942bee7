#pragma once
// Writes what polls learned without an event (failures, validators, times) to the store in batches.
// Loop thread only.

#include <stddef.h>

#include "bridge/base/cleanup.h"

struct event_base;
struct note_writer;
struct poll_source;
struct source_list;
struct store;

int note_writer_new(struct note_writer **ret, struct event_base *base, struct store *store,
                    const struct source_list *sources) MUST_CHECK; // borrowed
struct note_writer *note_writer_free(struct note_writer *writer);  // accepts NULL
DEFINE_CLEANUP(note_writer)

// source->is_noted was set: it is written within a second or two. Until is_queued is false again it
// must not be freed.
void note_writer_remind(struct note_writer *writer, struct poll_source *source);
// Writes everything that is noted or seen; `done` when durable. One at a time.
void note_writer_flush(struct note_writer *writer, void (*done)(int result, void *userdata),
                       void *userdata);
