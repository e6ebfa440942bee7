#pragma once
// What the HTTP API may do to the sinks of the running daemon. Implemented by the engine, used by
// the API; loop thread only. A `done` is always called later, never from inside the call.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/base/cleanup.h"
#include "bridge/model/delivery.h"
#include "bridge/spi/recovery.h"
#include "bridge/spi/stored-answer.h"

struct json_object;
struct problem;
struct sink_change;

// What a sink that came through the API is made of. Borrowed for the call.
struct managed_status {
    const char *name;
    const char *type;             // "webhook"
    struct json_object *settings; // without secrets
    int64_t created_at_ms;
    int64_t updated_at_ms;
    int64_t rotated_until_ms; // until then the secret before signs too; 0: there is none
};

enum sink_wish_kind {
    SINK_CREATE,
    SINK_UPDATE,
    SINK_ROTATE,
    SINK_FORGET, // secrets before the present one have had their time
};

struct sink_wish {
    enum sink_wish_kind kind;
    const char *name;
    struct json_object *settings; // SINK_CREATE: all of them; SINK_UPDATE: a merge patch (RFC 7396)
    int64_t grace_ms;             // SINK_ROTATE: the old secret signs too for so long
    const char *secret;           // SINK_ROTATE: the new one; NULL: one is made
};

typedef void (*managed_visit_fn)(const struct managed_status *status, void *userdata);
// How a target is asked whether it wants to be one.
enum sink_handshake {
    SINK_HANDSHAKE_NONE,
    SINK_HANDSHAKE_CLOUDEVENTS, // OPTIONS, as CloudEvents' webhooks say
    SINK_HANDSHAKE_CHALLENGE,   // a signed text that it repeats
};

// `why` it does not, in words; NULL: it does. The rate it allows a minute; 0: it says nothing.
typedef void (*sink_verify_fn)(const char *why, int64_t rate, void *userdata);
typedef void (*sink_done_fn)(int result, void *userdata);
// `attempt` as it would be stored; `detail`: words of the network, may be NULL. Both borrowed.
typedef void (*sink_test_fn)(int result, const struct attempt *attempt, const char *detail,
                             void *userdata);
typedef void (*sink_count_fn)(int result, int64_t count, void *userdata);

struct sink_admin {
    // -ENOENT: none of that name came through the API. -ENOMEM.
    int (*describe)(const char *name, managed_visit_fn visit, void *visit_userdata,
                    void *userdata) MUST_CHECK;

    // A change that is checked and may be carried out, or not. -ENOENT; -EPERM: it stands in the
    // file; -EEXIST: the name is taken; -EBUSY: a change of it is under way; -EINVAL with words;
    // -ENOMEM.
    int (*prepare)(const struct sink_wish *wish, struct sink_change **ret, struct problem **reterr,
                   void *userdata) MUST_CHECK;
    // What it will be; with `secret` when one was made that nobody has seen yet, else NULL.
    void (*show)(const struct sink_change *change, struct managed_status *ret_status,
                 const char **ret_secret);
    void (*drop)(struct sink_change *change, void *userdata); // accepts NULL
    // Asks the target of a change before it is carried out. The change is borrowed until `done`.
    // -EAGAIN: too many are asked.
    int (*verify)(const struct sink_change *change, enum sink_handshake handshake,
                  sink_verify_fn done, void *done_userdata, void *userdata) MUST_CHECK;
    // Stores it with its answer (NULL: none) and puts it in force; `done` after both. Consumes the
    // change, also on failure.
    int (*carry_out)(struct sink_change *take, const struct stored_answer *answer,
                     sink_done_fn done, void *done_userdata, void *userdata) MUST_CHECK;
    // Its deliveries that wait are canceled. As prepare.
    int (*remove)(const char *name, sink_done_fn done, void *done_userdata,
                  void *userdata) MUST_CHECK;

    // Of any sink; -ENOENT, -EALREADY.
    int (*enable)(const char *name, bool skip, void *userdata) MUST_CHECK;
    int (*disable)(const char *name, void *userdata) MUST_CHECK;
    // A test event on the real way, past the queue. -ENOENT, -EAGAIN.
    int (*test)(const char *name, sink_test_fn done, void *done_userdata,
                void *userdata) MUST_CHECK;

    // See bridge/deliver/recoveries.h. -ENOENT, -EBUSY.
    int (*recover)(const struct recovery *recovery, const struct stored_answer *answer,
                   sink_done_fn done, void *done_userdata, void *userdata) MUST_CHECK;
    int (*count)(const struct recovery *recovery, sink_count_fn done, void *done_userdata,
                 void *userdata) MUST_CHECK;
    void *userdata;
};
