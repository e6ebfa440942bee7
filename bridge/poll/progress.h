#pragma once
// What a poll does to the state of its source, and when the world is told that a source fails.
// Pure.

#include <stdbool.h>
#include <stdint.h>

struct poll_rest;
struct source_state;

#define PROGRESS_FAILURES_TOLD   3                         // in a row
#define PROGRESS_SILENCE_TOLD_MS ((int64_t)15 * 60 * 1000) // without a good answer

// A good answer, also an unchanged one. True when a note is worth writing: it was failing or held.
bool progress_succeeded(struct source_state *state, int64_t wall_now_ms);
// A failed poll: drops the validators.
void progress_failed(struct source_state *state, int64_t wall_now_ms);
// The API asked for rest: no failure, but the time without a good answer runs. True when that time
// began now.
bool progress_throttled(struct source_state *state, int64_t wall_now_ms);
// An answer came and the guard does not believe it.
void progress_held(struct source_state *state, int64_t wall_now_ms);

// The API asks (wait_ms 0: it does not) for rest before the next poll. True when that is worth a
// note: the rest of a host outlives this process.
bool progress_rests(struct source_state *state, const struct poll_rest *rest, int64_t wall_now_ms);

// The document changed, or there is a first one.
void progress_changed(struct source_state *state, int64_t wall_now_ms);
// Is source.stale due: nothing changed within `expected_ms` (0: never due)? Once until a change.
bool progress_tells_stale(const struct source_state *state, int64_t expected_ms,
                          int64_t wall_now_ms);

// Is source.failing due with the poll that ends now? `before` is the state before it; `failed` is
// false when it was throttled. Once after 3 failed polls or 15 minutes, then daily.
bool progress_tells_failing(const struct source_state *before, bool failed, int64_t wall_now_ms);
