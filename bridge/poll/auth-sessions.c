#include "bridge/poll/auth-sessions.h"

#include <errno.h>

#include "bridge/spi/auth.h"
#include "bridge/spi/settings.h"

static void forget(struct auth_sessions *sessions)
{
    for (size_t i = 0; sessions->settings && i < sessions->settings->auth_count; i++) {
        (void)auth_session_unref(sessions->v[i]);
    }
    free(STEAL(sessions->v));
    sessions->settings = settings_unref(sessions->settings);
}

int auth_sessions_apply(struct auth_sessions *sessions, struct settings *settings)
{
    struct auth_session **v = calloc(settings->auth_count + 1, sizeof(struct auth_session *));
    if (!v) {
        return -ENOMEM;
    }
    forget(sessions);
    sessions->v = v;
    sessions->settings = settings_ref(settings);
    return 0;
}

void auth_sessions_deinit(struct auth_sessions *sessions)
{
    forget(sessions);
}

int auth_sessions_find(struct auth_sessions *sessions, const struct source_settings *source,
                       struct auth_session **ret)
{
    *ret = NULL;
    if (!source->auth || !source->auth->driver->needs_token) {
        return 0;
    }
    struct auth_session **place = &sessions->v[source->auth - sessions->settings->auths];
    int r = 0;
    if (!*place) {
        r = auth_session_new(place, &sessions->parts, sessions->settings, source->auth);
    }
    *ret = *place;
    return r;
}
