#pragma once
// What every driver that sends HTTP requests shares: the options of the connection, and the rules
// for header fields that stand in the configuration.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/base/cleanup.h"
#include "bridge/model/http.h"
#include "bridge/spi/option.h"

struct problem;

// Embedded in a driver's settings; its keys stand beside the driver's own (OUTGOING_OPTIONS).
struct outgoing_settings {
    int64_t timeout_ms;
    int64_t connect_timeout_ms;
    char *proxy; // NULL: none
    struct tls_settings tls;
    int http_version; // enum http_version
    bool allow_private;
};

extern const struct option_table outgoing_tls_options;
extern const char *const outgoing_http_versions[];

#define OUTGOING_TIMEOUT_MOST_MS         (INT64_C(3600) * 1000)
#define OUTGOING_CONNECT_TIMEOUT_MOST_MS (INT64_C(600) * 1000)

// Rows for an option table whose struct has the member `outgoing`.
#define OUTGOING_OPTIONS(struct_type, timeout_preset, timeout_doc)                                 \
    { .key = "timeout",                                                                            \
      .type = OPTION_DURATION,                                                                     \
      .offset = offsetof(struct_type, outgoing.timeout_ms),                                        \
      .preset = (timeout_preset),                                                                  \
      .least = 1,                                                                                  \
      .most = OUTGOING_TIMEOUT_MOST_MS,                                                            \
      .doc = (timeout_doc),                                                                        \
      .example = "10s" },                                                                          \
        { .key = "connect_timeout",                                                                \
          .type = OPTION_DURATION,                                                                 \
          .offset = offsetof(struct_type, outgoing.connect_timeout_ms),                            \
          .preset = "5s",                                                                          \
          .least = 1,                                                                              \
          .most = OUTGOING_CONNECT_TIMEOUT_MOST_MS,                                                \
          .doc = "Time until the connection stands, TLS included; part of `timeout`.",             \
          .example = "2s" },                                                                       \
        { .key = "proxy",                                                                          \
          .type = OPTION_STRING,                                                                   \
          .offset = offsetof(struct_type, outgoing.proxy),                                         \
          .flags = OPTION_HIDDEN_VALUE | OPTION_FILE_ONLY,                                         \
          .doc =                                                                                   \
              "URL of a proxy, `http`, `https`, `socks5` or `socks5h` (which resolves names at "   \
              "the proxy). The environment's `http_proxy` is never used.",                         \
          .example = "http://proxy.example.com:3128" },                                            \
        { .key = "tls",                                                                            \
          .type = OPTION_TABLE,                                                                    \
          .offset = offsetof(struct_type, outgoing.tls),                                           \
          .table = &outgoing_tls_options,                                                          \
          .doc = "How the server of an https URL is checked and what is shown to it.",             \
          .example = "{ ca_file: /etc/ssl/private-ca.pem }" },                                     \
        { .key = "http_version",                                                                   \
          .type = OPTION_ENUM,                                                                     \
          .offset = offsetof(struct_type, outgoing.http_version),                                  \
          .preset = "1.1",                                                                         \
          .names = outgoing_http_versions,                                                         \
          .doc = "`auto` speaks HTTP/2 with a server that agrees to it during the TLS handshake: " \
                 "fewer connections, at the same cost a request. `2` sends nothing over anything " \
                 "else.",                                                                          \
          .example = "auto" },                                                                     \
    {                                                                                              \
        .key = "allow_private", .type = OPTION_BOOL,                                               \
        .offset = offsetof(struct_type, outgoing.allow_private), .flags = OPTION_FILE_ONLY,        \
        .preset = "true",                                                                          \
        .doc = "Whether addresses that are not public (loopback, private networks, link-local) "   \
               "may be connected to. `false` checks every connection, also after a redirect.",     \
        .example = "false"                                                                         \
    }

// Rules between these options. 0 or -EINVAL with words; *ret_key names the key. -ENOMEM.
int outgoing_check(const struct outgoing_settings *settings, const char **ret_key,
                   struct problem **reterr) MUST_CHECK;
// The part of it that is about `tls`.
int outgoing_check_tls(const struct tls_settings *tls, const char **ret_key,
                       struct problem **reterr) MUST_CHECK;
// Sets the members of a request they stand for; the request borrows from the settings.
void outgoing_apply(const struct outgoing_settings *settings, struct http_request *request);

// Words why a header field must not be configured ("… is set by pollbridge itself"); NULL: it may.
const char *outgoing_refuse_field(const char *name);
// Puts a configured header field into the request: fields that say only what is wanted (Accept, …)
// are shown and kept across a redirect, all others may hold a credential and go into
// secret_headers. A later field replaces an earlier one of the same name. 0, -EINVAL, -ENOMEM.
int outgoing_set_field(struct http_request *request, const char *name,
                       const char *value) MUST_CHECK;
