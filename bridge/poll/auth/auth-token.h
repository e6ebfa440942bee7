#pragma once
// The token of an auth session: how long it is used, and what a refusal says about it. Time is an
// input (monotonic unless said otherwise).

#include <stdbool.h>
#include <stdint.h>

#include "bridge/base/cleanup.h"
#include "bridge/spi/auth.h"

struct auth_token {
    struct token token; // registered as a secret
    bool is_held;
    uint64_t serial;       // tells tokens apart, from 1
    int64_t stale_at_ms;   // another one is wanted then; INT64_MAX: when it is refused
    int64_t end_at_ms;     // it is good until then
    unsigned no_help;      // new tokens after a 401 that were refused as well, in a row
    int64_t renewed_at_ms; // the last time a 401 dropped the token; 0: never
};

// It is used until 60 s before its end, or for half its life when that is shorter. 0 or -ENOMEM.
int auth_token_take(struct auth_token *held, struct token *take, int64_t now_ms,
                    int64_t wall_now_ms) MUST_CHECK;
void auth_token_drop(struct auth_token *held);
bool auth_token_is_good(const struct auth_token *held, int64_t now_ms); // fresh or not
bool auth_token_is_fresh(const struct auth_token *held, int64_t now_ms);

// As auth_session_refused and auth_session_tell.
bool auth_token_refused(struct auth_token *held, uint64_t serial, int64_t now_ms);
void auth_token_tell(struct auth_token *held, bool helped);
