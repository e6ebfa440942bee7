#pragma once
// What the loop keeps of one source: compact, because there may be 100,000. What a poll needs lives
// in struct poll and only while it runs.

#include <stdbool.h>
#include <stdint.h>

#include "bridge/model/pace.h"
#include "bridge/model/snapshot.h"
#include "bridge/poll/source-memory.h"

struct gate_lane;
struct instance;
struct poll;
struct source_counters;
struct source_settings;
struct suppression_list;

struct poll_source {
    struct instance *instance;              // a reference
    const char *name;                       // the instance's
    const struct source_settings *settings; // of the poller's; NULL: not in the configuration
    struct source_state state;
    struct gate_lane *lane; // a reference; NULL until it is known
    struct poll *poll;      // under way
    uint64_t hash;          // of the name
    int64_t due_ms;         // monotonic; of the poll under way or the next one
    enum poll_pace pace;    // why then
    int64_t fresh_ms;       // how long the last answer that said so stays fresh
    int64_t turn_ms;        // of the next poll, when due_ms is earlier: to tell what waits
    uint32_t id;            // its place among the sources, and in the heap
    bool is_noted;          // the note of its state waits to be written soon
    bool is_seen;           // so does that of the times; at the end is early enough
    bool is_queued;         // the note writer has its id
    bool is_forgotten;      // it is about to be freed
    bool is_accepting;      // the next good answer is believed, whatever the guard says
    bool is_priming;        // the next good answer becomes the base, told to nobody
    struct suppression_list *suppressed; // until it is written; owned, NULL: none
    struct source_memory memory;         // of the last poll's end
    struct source_counters *counters;    // of the metrics, borrowed; NULL: not looked up, or none
    bool is_in_run;                      // poller_run_once waits for it
};

// Has it a schedule? Not when it left the configuration, nor while a person pauses it.
static inline bool poll_source_is_scheduled(const struct poll_source *source)
{
    return source->settings && source->state.paused_at_ms == 0;
}
