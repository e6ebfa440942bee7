#include "bridge/poll/digest/validators.h"

#include <errno.h>
#include <string.h>

#include "bridge/base/str.h"
#include "bridge/model/http.h"
#include "bridge/model/snapshot.h"
#include "bridge/spi/settings.h"

#define FULL_FETCH_MS ((int64_t)24 * 3600 * 1000)

struct hash128 validators_identity(const struct source_settings *source)
{
    return hash128_mix(source->request_hash, source->rules_hash);
}

static bool is_full_fetch_due(const struct source_state *state, int64_t wall_now_ms)
{
    return state->last_full_at_ms > wall_now_ms ||
           wall_now_ms - state->last_full_at_ms >= FULL_FETCH_MS;
}

static bool are_of_use(const struct source_state *state, struct hash128 identity,
                       int64_t wall_now_ms, const struct http_request *request)
{
    return state->has_snapshot && state->failures == 0 && (state->etag || state->last_modified) &&
           hash128_eq(state->request, identity) &&
           (!request->method || strcmp(request->method, "GET") == 0) &&
           !is_full_fetch_due(state, wall_now_ms);
}

int validators_apply(const struct source_state *state, struct hash128 identity, int64_t wall_now_ms,
                     struct http_request *request, bool *ret_sent)
{
    *ret_sent = false;
    if (!are_of_use(state, identity, wall_now_ms, request)) {
        return 0;
    }
    int r = 0;
    if (state->etag) {
        r = headers_set(&request->headers, "If-None-Match", state->etag);
    }
    if (r == 0 && state->last_modified) {
        r = headers_set(&request->headers, "If-Modified-Since", state->last_modified);
    }
    *ret_sent = r == 0;
    return r;
}

static int replace(char **field, const char *value)
{
    if (str_is_empty(value)) {
        value = NULL;
    }
    if (str_eq(*field, value)) {
        return 0;
    }
    free(*field);
    *field = value ? strdup(value) : NULL;
    return value && !*field ? -ENOMEM : 0;
}

int validators_keep(struct source_state *state, struct hash128 identity,
                    const struct http_response *response)
{
    state->request = identity;
    if (!response) {
        validators_drop(state);
        return 0;
    }
    int r = replace(&state->etag, headers_get(&response->headers, "ETag"));
    if (r == 0) {
        r = replace(&state->last_modified, headers_get(&response->headers, "Last-Modified"));
    }
    if (r < 0) {
        validators_drop(state);
    }
    return r;
}

void validators_drop(struct source_state *state)
{
    free(STEAL(state->etag));
    free(STEAL(state->last_modified));
}
