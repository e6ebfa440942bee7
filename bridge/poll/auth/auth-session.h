#pragma once
// The session of one auth that needs a token: one token request at a time for all sources that
// share it, ahead of expiry, and never a stampede. Loop thread only. Token requests pass the host
// gate.

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "bridge/base/cleanup.h"

struct auth_session; // refcounted: a poll keeps the session it began with
struct auth_settings;
struct clock;
struct host_gate;
struct http_client;
struct renewals;
struct settings;
struct token;

struct auth_counters { // what came of it when a token was wanted
    uint64_t granted;
    uint64_t failed;
    uint64_t throttled;
};

struct auth_session_parts { // borrowed, outlive the session
    const struct clock *clock;
    struct http_client *http;
    struct host_gate *gate;
    struct renewals *renewals;
    struct auth_counters *counters;
};

// `auth` is in `settings`, of which a reference is taken. 0 or -ENOMEM.
int auth_session_new(struct auth_session **ret, const struct auth_session_parts *parts,
                     struct settings *settings, const struct auth_settings *auth) MUST_CHECK;
struct auth_session *auth_session_ref(struct auth_session *session);
struct auth_session *auth_session_unref(struct auth_session *session); // accepts NULL

// The same auth in another configuration: the token stays, and what was refused may be asked anew
// at once. A request under way ends under the settings it began with.
void auth_session_adopt(struct auth_session *session, struct settings *settings,
                        const struct auth_settings *auth);

// AUTH_READY: there is a token that lasts (60 s, or half its life when that is shorter), or one
// that has not expired and no other is to be had now. AUTH_WAITING: one is asked for. AUTH_FAILED:
// see auth_session_failure; nothing is asked before the back-off of the session is over, so failing
// sources cost the server nothing.
enum auth_state { AUTH_READY, AUTH_WAITING, AUTH_FAILED };

// Embedded in what waits. `done` is called later, from the loop, with READY or FAILED; the waiter
// may be freed there.
struct auth_waiter {
    TAILQ_ENTRY(auth_waiter) link;
    struct auth_session *session; // while waiting
    bool released;                // its request ended: done is about to be called
    void (*done)(struct auth_waiter *waiter, enum auth_state state);
};

enum auth_state auth_session_enter(struct auth_session *session, struct auth_waiter *waiter);
void auth_session_leave(struct auth_waiter *waiter); // no-op when not waiting

bool auth_session_is_fresh(const struct auth_session *session); // as AUTH_READY
// Borrowed until the next call that may ask for another. The serial tells tokens apart, from 1.
const struct token *auth_session_token(const struct auth_session *session, uint64_t *ret_serial);

// Does a poll's status mean that the token is no longer taken (401)?
bool auth_session_is_refusal(const struct auth_session *session, int status);
// A poll got such a status with the token of that serial. True: enter again and repeat the poll;
// either a newer token is there already or this one is dropped. False: a new token was of no help a
// moment ago, so the server means it.
bool auth_session_refused(struct auth_session *session, uint64_t serial);
// The repeated poll ended: did the new token help?
void auth_session_tell(struct auth_session *session, bool helped);

struct auth_failure {
    const char *code;   // "auth_refused", "connection_refused", …; borrowed
    const char *detail; // for people
    bool throttled;     // the token's host asked for rest
    bool passing;       // it may be over in a moment: worth waiting for within the poll. True for
                        // two failures in a row at most
    int64_t wait_ms;    // nothing is asked before that
};
struct auth_failure auth_session_failure(const struct auth_session *session);
