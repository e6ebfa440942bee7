#include "bridge/poll/auth/auth-sessions.h"

#include <errno.h>
#include <string.h>

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

static int compare(const void *a, const void *b)
{
    const struct auth_settings *const *one = a;
    const struct auth_settings *const *other = b;
    return strcmp((*one)->name, (*other)->name);
}

// By name: auths that are written inside a source stand in no order. NULL when out of memory.
static const struct auth_settings **sort_auths(const struct settings *settings)
{
    const struct auth_settings **sorted =
        calloc(settings->auth_count + 1, sizeof(struct auth_settings *));
    for (size_t i = 0; sorted && i < settings->auth_count; i++) {
        sorted[i] = &settings->auths[i];
    }
    if (sorted) {
        qsort(sorted, settings->auth_count, sizeof(struct auth_settings *), compare);
    }
    return sorted;
}

// Moves what stays to its place in `v`.
static int keep_same(struct auth_sessions *sessions, struct settings *settings,
                     struct auth_session **v)
{
    const struct settings *old = sessions->settings;
    AUTO_FREE const struct auth_settings **sorted = sort_auths(settings);
    if (!sorted) {
        return -ENOMEM;
    }
    for (size_t i = 0; old && i < old->auth_count; i++) {
        const struct auth_settings *auth = &old->auths[i];
        const struct auth_settings *const *same =
            sessions->v[i] ? bsearch(&auth, sorted, settings->auth_count,
                                     sizeof(struct auth_settings *), compare)
                           : NULL;
        if (same && hash128_eq((*same)->identity, auth->identity)) {
            auth_session_adopt(sessions->v[i], settings, *same);
            v[*same - settings->auths] = STEAL(sessions->v[i]);
        }
    }
    return 0;
}

int auth_sessions_apply(struct auth_sessions *sessions, struct settings *settings)
{
    struct auth_session **v = calloc(settings->auth_count + 1, sizeof(struct auth_session *));
    int r = v ? keep_same(sessions, settings, v) : -ENOMEM;
    if (r < 0) {
        free(v);
        return r;
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
