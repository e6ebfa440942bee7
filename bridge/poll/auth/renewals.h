#pragma once
// What servers gave in place of configured secrets (the refresh tokens of OAuth 2.0), by auth: in
// memory, and in the store as soon as that takes them, since nobody gives them a second time. Loop
// thread only.

#include "bridge/base/cleanup.h"

struct event_base;
struct renewals;
struct secret;
struct store;

// base and store are borrowed; the store must outlive it.
int renewals_new(struct renewals **ret, struct event_base *base, struct store *store) MUST_CHECK;
// What the store has not taken yet is given to it once more. Accepts NULL.
struct renewals *renewals_free(struct renewals *renewals);
DEFINE_CLEANUP(renewals)

// Before the loop runs. 0, also when the store cannot keep anything (see renewals_refusal).
int renewals_load(struct renewals *renewals) MUST_CHECK;
// Why no secret may be used that its use replaces; NULL: it may. Borrowed.
const char *renewals_refusal(const struct renewals *renewals);

// What replaced `seed`, the secret that is configured for the auth; NULL: nothing has. Borrowed
// until the auth's next renewals_keep.
const struct secret *renewals_find(const struct renewals *renewals, const char *auth,
                                   const struct secret *seed);
// The value is copied, and registered to be struck out. 0 or -ENOMEM.
int renewals_keep(struct renewals *renewals, const char *auth, const struct secret *seed,
                  const struct secret *value) MUST_CHECK;
