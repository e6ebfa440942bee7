#include "bridge/spi/outgoing.h"

#include <errno.h>
#include <string.h>

#include "bridge/base/problem.h"
#include "bridge/base/str.h"

static const char *const version_names[] = { [TLS_1_2] = "1.2", [TLS_1_3] = "1.3", NULL };

const char *const outgoing_http_versions[] = {
    [HTTP_1_1] = "1.1",
    [HTTP_AUTO] = "auto",
    [HTTP_2] = "2",
    NULL,
};

static const struct option tls_list[] = {
    { .key = "ca_file",
      .type = OPTION_FILE,
      .offset = offsetof(struct tls_settings, ca_file),
      .doc = "PEM file with the certificate authorities that are trusted instead of the system's.",
      .example = "/etc/ssl/private-ca.pem" },
    { .key = "cert_file",
      .type = OPTION_FILE,
      .offset = offsetof(struct tls_settings, cert_file),
      .doc = "PEM file with the client certificate, and its chain, that is shown to the server.",
      .example = "/etc/pollbridge/client.pem" },
    { .key = "key_file",
      .type = OPTION_FILE,
      .offset = offsetof(struct tls_settings, key_file),
      .doc = "PEM file with the private key of `cert_file`, without a passphrase; not needed when "
             "the key stands in `cert_file`.",
      .example = "/etc/pollbridge/client.key" },
    { .key = "server_name",
      .type = OPTION_STRING,
      .offset = offsetof(struct tls_settings, server_name),
      .doc = "The name that is asked for (SNI) and that the certificate must carry, when it is not "
             "the host of the URL.",
      .example = "api.internal.example.com" },
    { .key = "insecure_skip_verify",
      .type = OPTION_BOOL,
      .offset = offsetof(struct tls_settings, insecure_skip_verify),
      .flags = OPTION_FILE_ONLY,
      .preset = "false",
      .doc = "Believes any certificate. Anybody on the way can then read and change what is sent; "
             "`ca_file` is the safe answer to a private certificate authority.",
      .example = "true" },
    { .key = "min_version",
      .type = OPTION_ENUM,
      .offset = offsetof(struct tls_settings, min_version),
      .preset = "1.2",
      .names = version_names,
      .doc = "The oldest version of TLS that is spoken.",
      .example = "1.3" },
};
const struct option_table outgoing_tls_options = {
    .name = "tls",
    .doc = "How the server of an https URL is checked and what is shown to it.",
    OPTION_TABLE_OF(struct tls_settings, tls_list),
};

// The text itself is never repeated: it may hold a password.
static int check_proxy(const char *proxy, struct problem **reterr)
{
    static const char *const schemes[] = { "http://", "https://", "socks5://", "socks5h://" };
    for (size_t i = 0; i < ARRAY_LEN(schemes); i++) {
        if (str_starts(proxy, schemes[i]) && proxy[strlen(schemes[i])] != '\0') {
            return 0;
        }
    }
    return problem_set(reterr, -EINVAL, "bad_url",
                       "\"proxy\" must be a URL that begins with http://, https://, socks5:// or "
                       "socks5h://");
}

int outgoing_check_tls(const struct tls_settings *tls, const char **ret_key,
                       struct problem **reterr)
{
    *ret_key = "tls";
    return tls->key_file && !tls->cert_file
               ? problem_set(reterr, -EINVAL, "missing_key",
                             "\"key_file\" of \"tls\" has no \"cert_file\" beside it; add the "
                             "certificate it belongs to")
               : 0;
}

int outgoing_check(const struct outgoing_settings *settings, const char **ret_key,
                   struct problem **reterr)
{
    if (!str_is_empty(settings->proxy)) {
        *ret_key = "proxy";
        int r = check_proxy(settings->proxy, reterr);
        if (r != 0) {
            return r;
        }
        if (!settings->allow_private) {
            return problem_set(reterr, -EINVAL, "conflict",
                               "\"proxy\" and \"allow_private: false\" exclude each other: behind "
                               "a proxy no address can be checked; remove one of them");
        }
    }
    return outgoing_check_tls(&settings->tls, ret_key, reterr);
}

void outgoing_apply(const struct outgoing_settings *settings, struct http_request *request)
{
    request->timeout_ms = settings->timeout_ms;
    request->connect_timeout_ms = settings->connect_timeout_ms;
    request->tls = &settings->tls;
    request->version = settings->http_version;
    request->proxy = str_is_empty(settings->proxy) ? NULL : settings->proxy;
    request->allow_private = settings->allow_private;
}

struct field_rule {
    const char *name;
    const char *refusal;
};

const char *outgoing_refuse_field(const char *name)
{
    static const struct field_rule rules[] = {
        { "connection", "belongs to the connection, which pollbridge keeps itself" },
        { "keep-alive", "belongs to the connection, which pollbridge keeps itself" },
        { "te", "belongs to the connection, which pollbridge keeps itself" },
        { "trailer", "belongs to the connection, which pollbridge keeps itself" },
        { "upgrade", "belongs to the connection, which pollbridge keeps itself" },
        { "expect", "is never sent" },
        { "content-length", "is counted by pollbridge itself" },
        { "transfer-encoding", "is chosen by pollbridge itself" },
        { "accept-encoding", "is set by pollbridge itself to what it can undo" },
        { "if-none-match", "is set by pollbridge itself from the last answer" },
        { "if-modified-since", "is set by pollbridge itself from the last answer" },
        { "if-match", "would refuse answers that have changed" },
        { "if-unmodified-since", "would refuse answers that have changed" },
        { "if-range", "would ask for a part of the answer" },
        { "range", "would ask for a part of the answer" },
    };
    for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
        if (str_eq_nocase(name, rules[i].name)) {
            return rules[i].refusal;
        }
    }
    return NULL;
}

static bool is_harmless(const char *name)
{
    static const char *const names[] = {
        "accept",       "accept-charset", "accept-language", "cache-control", "content-language",
        "content-type", "host",           "pragma",          "prefer",        "user-agent",
    };
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (str_eq_nocase(name, names[i])) {
            return true;
        }
    }
    return false;
}

int outgoing_set_field(struct http_request *request, const char *name, const char *value)
{
    return headers_set(is_harmless(name) ? &request->headers : &request->secret_headers, name,
                       value);
}
