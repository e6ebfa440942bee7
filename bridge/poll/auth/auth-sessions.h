#pragma once
// The sessions of one configuration's auths, made when first needed. Loop thread only.

#include "bridge/base/cleanup.h"
#include "bridge/poll/auth/auth-session.h"

struct source_settings;

struct auth_sessions {
    struct auth_session_parts parts;
    struct settings *settings; // a reference
    struct auth_session **v;   // by place in settings->auths; NULL: not made yet
};

// Sessions of auths that are the same in this configuration stay, with their tokens; the others are
// let go, though polls under way keep theirs. 0 or -ENOMEM (then as before).
int auth_sessions_apply(struct auth_sessions *sessions, struct settings *settings) MUST_CHECK;
void auth_sessions_deinit(struct auth_sessions *sessions);
// *ret is borrowed; NULL when the source needs no token. 0 or -ENOMEM.
int auth_sessions_find(struct auth_sessions *sessions, const struct source_settings *source,
                       struct auth_session **ret) MUST_CHECK;
