#pragma once
// One poll of one source, from the request to the durable commit. Loop thread only.
//
//   token ─► gate ─► request ─► answer ─► unchanged: nothing parsed, nothing written ─► end
//     ▲                 ▲          ├────► digest on a worker ─► commit ─────────────► end
//     └── 401, once     └─ quick   └────► failed, throttled ────────────────────────► end
//                          retry
//
// A poll keeps its place at its host until the host has answered, and its place in the process
// until it ends: so many answers are in memory at most. While it waits to ask again it gives both
// up.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/base/cleanup.h"
#include "bridge/base/clock.h"
#include "bridge/model/observer.h"
#include "bridge/model/pace.h"

struct auth_session;
struct delivery_list;
struct event_base;
struct host_gate;
struct http_client;
struct poll;
struct poll_source;
struct settings;
struct store;
struct suppression_list;
struct workers;

struct poll_end {
    enum poll_result result;
    struct instant at;
    struct suppression_list *suppressed; // may be NULL; who is told may take what is in it
    int status;
    const char *code;   // of a struct failure; NULL
    const char *detail; // for people
    const struct event_list *events;
    struct poll_rest rest; // before the next poll
    int64_t duration_ms;
};

struct poll_owner { // what polls share; borrowed, outlives them
    struct event_base *base;
    const struct clock *clock;
    struct http_client *http;
    struct workers *workers;
    struct store *store;
    struct host_gate *gate;
    const struct observer *observer; // may be NULL
    void (*on_deliveries)(struct delivery_list *take, void *userdata);
    // The state of the source is the new one; the poll is freed when this returns.
    void (*on_end)(struct poll_source *source, const struct poll_end *end, void *userdata);
    void *userdata;
};

// Starts the poll source->poll. `session` is that of the source's auth (NULL: it needs no token).
// 0, or -ENOMEM (then there is no poll).
int poll_start(const struct poll_owner *owner, struct poll_source *source,
               struct settings *settings, struct auth_session *session) MUST_CHECK;
// The same, but nobody asks the API: it is time to tell what waits in state.noise_due_ms.
int poll_start_wake(const struct poll_owner *owner, struct poll_source *source,
                    struct settings *settings) MUST_CHECK;
// Ends it without a word: nothing of it is stored, unless the store has it already.
struct poll *poll_free(struct poll *poll);
// Sets source->lane, which the source needs not only for polls. 0 or negative errno.
int poll_find_lane(struct host_gate *gate, struct poll_source *source) MUST_CHECK;
// Why it has not been sent yet, while it waits at the gate; else why the poll is when it is.
enum poll_pace poll_waits_by(const struct poll *poll);
// What it waits for, in words: "a token", "the answer", …
const char *poll_phase(const struct poll *poll);
// Has its answer come? What has not is better asked anew later than waited for at a shutdown.
bool poll_is_answered(const struct poll *poll);
