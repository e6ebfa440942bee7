#include "bridge/poll/auth/auth-token.h"

#define AHEAD_MS         ((int64_t)60000) // of the expiry
#define LIFE_MIN_MS      ((int64_t)1000)  // a token that was just given is used, whatever it says
#define NO_HELP_FIRST_MS ((int64_t)10000) // between tokens asked for after a 401 that did not help
#define NO_HELP_DOUBLED  6

static void unregister(const struct token *token, size_t cookies)
{
    secret_unregister(token->value.data, token->value.len);
    for (size_t i = 0; i < cookies; i++) {
        const struct secret *value = &token->cookies.v[i].value;
        secret_unregister(value->data, value->len);
    }
}

// All of its secrets or none.
static int register_secrets(const struct token *token)
{
    int r = secret_register(token->value.data, token->value.len);
    for (size_t i = 0; r == 0 && i < token->cookies.n; i++) {
        const struct secret *value = &token->cookies.v[i].value;
        r = secret_register(value->data, value->len);
        if (r < 0) {
            unregister(token, i);
        }
    }
    return r;
}

void auth_token_drop(struct auth_token *held)
{
    if (held->is_held) {
        unregister(&held->token, held->token.cookies.n);
        token_deinit(&held->token);
        held->is_held = false;
    }
}

int auth_token_take(struct auth_token *held, struct token *take, int64_t now_ms,
                    int64_t wall_now_ms)
{
    int r = register_secrets(take);
    if (r < 0) {
        return r;
    }
    auth_token_drop(held);
    held->token = *take;
    *take = (struct token){ 0 };
    held->is_held = true;
    held->serial++;
    held->stale_at_ms = INT64_MAX;
    held->end_at_ms = INT64_MAX;
    if (held->token.expires_at_ms != 0) {
        int64_t life_ms = held->token.expires_at_ms - wall_now_ms;
        int64_t ahead_ms = life_ms / 2 < AHEAD_MS ? life_ms / 2 : AHEAD_MS;
        int64_t use_ms = life_ms - ahead_ms;
        held->stale_at_ms = now_ms + (use_ms > LIFE_MIN_MS ? use_ms : LIFE_MIN_MS);
        held->end_at_ms = now_ms + (life_ms > LIFE_MIN_MS ? life_ms : LIFE_MIN_MS);
    }
    return 0;
}

bool auth_token_is_good(const struct auth_token *held, int64_t now_ms)
{
    return held->is_held && now_ms < held->end_at_ms;
}

bool auth_token_is_fresh(const struct auth_token *held, int64_t now_ms)
{
    return held->is_held && now_ms < held->stale_at_ms;
}

static int64_t no_help_ms(const struct auth_token *held)
{
    unsigned doubled = held->no_help < NO_HELP_DOUBLED ? held->no_help : NO_HELP_DOUBLED;
    return held->no_help == 0 ? 0 : NO_HELP_FIRST_MS << (doubled - 1);
}

bool auth_token_refused(struct auth_token *held, uint64_t serial, int64_t now_ms)
{
    if (serial != held->serial || !held->is_held) {
        return true;
    }
    if (held->no_help > 0 && now_ms < held->renewed_at_ms + no_help_ms(held)) {
        return false;
    }
    held->renewed_at_ms = now_ms;
    auth_token_drop(held);
    return true;
}

void auth_token_tell(struct auth_token *held, bool helped)
{
    held->no_help = helped ? 0 : held->no_help + 1;
}
