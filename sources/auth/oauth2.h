#pragma once
// The auth `oauth2`: access tokens of an OAuth 2.0 server (RFC 6749) for a client that acts for
// itself (section 4.4) or with a refresh token that a person once gave it (section 6).

#include <stdint.h>

#include "bridge/base/secret.h"
#include "bridge/model/event.h"
#include "bridge/model/http.h"
#include "bridge/spi/option.h"
#include "bridge/spi/outgoing.h"

enum auth_oauth2_grant { AUTH_OAUTH2_CLIENT_CREDENTIALS, AUTH_OAUTH2_REFRESH_TOKEN };
enum auth_oauth2_style { AUTH_OAUTH2_HEADER, AUTH_OAUTH2_BODY }; // section 2.3.1

struct auth_oauth2_settings {
    char *token_url;
    int grant; // enum auth_oauth2_grant
    char *client_id;
    struct secret client_secret; // absent: a public client, or one that TLS knows
    int client_auth;             // enum auth_oauth2_style
    struct secret refresh_token;
    struct string_list scopes;
    char *audience;
    struct headers params;
    int64_t expires_in_ms; // where the answer does not say; 0: until it is refused
    struct status_set refused_status;
    struct outgoing_settings outgoing;
};

struct auth_driver;
extern const struct auth_driver auth_oauth2;
