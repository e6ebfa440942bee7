#include "bridge/net/easy-options.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "bridge/base/str.h"
#include "bridge/net/target.h"

static const struct {
    CURLoption option;
    long value;
} fixed_numbers[] = {
    { CURLOPT_NOSIGNAL, 1 },
    { CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1 },
    { CURLOPT_SUPPRESS_CONNECT_HEADERS, 1 },
    // A name server that does not answer: leave the resolver's thread behind instead of waiting for
    // it, with the whole loop, when the transfer times out.
    { CURLOPT_QUICK_EXIT, 1 },
    { CURLOPT_MAXLIFETIME_CONN, 600 }, // so that a moved name is followed even when polled often
};

static const struct {
    CURLoption option;
    const char *value;
} fixed_texts[] = {
    { CURLOPT_PROTOCOLS_STR, "http,https" },
    { CURLOPT_REDIR_PROTOCOLS_STR, "http,https" },
    { CURLOPT_PROXY, "" },   // else the environment is asked
    { CURLOPT_NOPROXY, "" }, // the same
    // Certificate authorities come from trust.h.
    { CURLOPT_CAINFO, NULL },
    { CURLOPT_CAPATH, NULL },
    { CURLOPT_PROXY_CAINFO, NULL },
    { CURLOPT_PROXY_CAPATH, NULL },
};

int easy_options_init(struct easy_options *options)
{
    CURL *easy = curl_easy_init();
    if (!easy) {
        return -ENOMEM;
    }
    *options = (struct easy_options){ .easy = easy, .verify = true };
    for (size_t i = 0; i < ARRAY_LEN(fixed_numbers); i++) {
        if (curl_easy_setopt(easy, fixed_numbers[i].option, fixed_numbers[i].value) != CURLE_OK) {
            return -ENOMEM;
        }
    }
    for (size_t i = 0; i < ARRAY_LEN(fixed_texts); i++) {
        if (curl_easy_setopt(easy, fixed_texts[i].option, fixed_texts[i].value) != CURLE_OK) {
            return -ENOMEM;
        }
    }
    return 0;
}

void easy_options_deinit(struct easy_options *options)
{
    curl_easy_cleanup(options->easy);
    (void)target_unref(options->target);
    free(options->method);
    free(options->proxy);
    free(options->cert_file);
    free(options->key_file);
    *options = (struct easy_options){ 0 };
}

static int lazy_long(CURL *easy, CURLoption option, long *applied, long wanted)
{
    if (*applied == wanted) {
        return 0;
    }
    if (curl_easy_setopt(easy, option, wanted) != CURLE_OK) {
        return -ENOMEM;
    }
    *applied = wanted;
    return 0;
}

static int lazy_bool(CURL *easy, CURLoption option, bool *applied, bool wanted)
{
    long value = *applied;
    int r = lazy_long(easy, option, &value, wanted);
    *applied = value != 0;
    return r;
}

// Compares texts, not pointers: the settings a pointer led to may have been replaced.
static int lazy_text(CURL *easy, CURLoption option, char **applied, const char *wanted,
                     const char *unset)
{
    if (str_eq(*applied, wanted)) {
        return 0;
    }
    char *copy = wanted ? strdup(wanted) : NULL;
    if ((wanted && !copy) || curl_easy_setopt(easy, option, wanted ? wanted : unset) != CURLE_OK) {
        free(copy);
        return -ENOMEM;
    }
    free(*applied);
    *applied = copy;
    return 0;
}

static int set_target(struct easy_options *options, struct target *target)
{
    if (options->target == target) {
        return 0;
    }
    const struct curl_slist *connect_to = target->connect_to.data ? &target->connect_to : NULL;
    if (curl_easy_setopt(options->easy, CURLOPT_CURLU, target->curlu) != CURLE_OK) {
        return -ENOMEM;
    }
    if (connect_to != options->connect_to &&
        curl_easy_setopt(options->easy, CURLOPT_CONNECT_TO, connect_to) != CURLE_OK) {
        return -ENOMEM;
    }
    options->connect_to = connect_to;
    (void)target_unref(options->target);
    target->refs++;
    options->target = target;
    return 0;
}

static CURLcode set_verb(CURL *easy, enum easy_verb verb)
{
    switch (verb) {
    case EASY_HEAD: return curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    case EASY_BODY: return curl_easy_setopt(easy, CURLOPT_POST, 1L);
    case EASY_UNSET:
    case EASY_GET: break;
    }
    return curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
}

static int set_method(struct easy_options *options, const struct easy_wish *wish)
{
    CURL *easy = options->easy;
    enum easy_verb verb = wish->body                          ? EASY_BODY
                          : strcmp(wish->method, "HEAD") == 0 ? EASY_HEAD
                                                              : EASY_GET;
    static const char *const own_names[] = { "", "GET", "HEAD", "POST" };
    if (verb != options->verb && set_verb(easy, verb) != CURLE_OK) {
        return -ENOMEM;
    }
    options->verb = verb;
    if (verb == EASY_BODY) {
        const char *data = wish->body->data ? wish->body->data : "";
        if (curl_easy_setopt(easy, CURLOPT_POSTFIELDS, data) != CURLE_OK ||
            curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)wish->body->len) !=
                CURLE_OK) {
            return -ENOMEM;
        }
    }
    bool own = strcmp(wish->method, own_names[verb]) == 0;
    return lazy_text(easy, CURLOPT_CUSTOMREQUEST, &options->method, own ? NULL : wish->method,
                     NULL);
}

// A handle that ran once without a share has a session cache of its own, which libcurl 7.88 loses
// when it is given one. So every handle gets one before its first request, whatever that is for.
static int set_sessions(struct easy_options *options, CURLSH *sessions)
{
    assert(sessions || options->sessions);
    if (!sessions || sessions == options->sessions) {
        return 0;
    }
    if (curl_easy_setopt(options->easy, CURLOPT_SHARE, sessions) != CURLE_OK) {
        return -ENOMEM;
    }
    options->sessions = sessions;
    return 0;
}

// Only looked at for https and for proxies; a handle keeps what it had meanwhile.
static int set_tls(struct easy_options *options, const struct easy_wish *wish)
{
    CURL *easy = options->easy;
    if (wish->verify != options->verify) {
        if (curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, (long)wish->verify) != CURLE_OK ||
            curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, wish->verify ? 2L : 0L) != CURLE_OK) {
            return -ENOMEM;
        }
        options->verify = wish->verify;
    }
    int r = lazy_long(easy, CURLOPT_SSLVERSION, &options->tls_version, wish->tls_version);
    if (r == 0) {
        r = lazy_text(easy, CURLOPT_SSLCERT, &options->cert_file, wish->cert_file, NULL);
    }
    if (r == 0) {
        r = lazy_text(easy, CURLOPT_SSLKEY, &options->key_file, wish->key_file, NULL);
    }
    return r;
}

static int set_version(struct easy_options *options, bool http2)
{
    if (http2 == options->http2) {
        return 0;
    }
    long version = http2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1;
    // A request waits for a connection that is being made, which may carry it too.
    if (curl_easy_setopt(options->easy, CURLOPT_HTTP_VERSION, version) != CURLE_OK ||
        curl_easy_setopt(options->easy, CURLOPT_PIPEWAIT, (long)http2) != CURLE_OK) {
        return -ENOMEM;
    }
    options->http2 = http2;
    return 0;
}

static int set_decode(struct easy_options *options, const char *decode)
{
    if (options->decode == decode) {
        return 0;
    }
    if (curl_easy_setopt(options->easy, CURLOPT_ACCEPT_ENCODING, decode) != CURLE_OK) {
        return -ENOMEM;
    }
    options->decode = decode;
    return 0;
}

static int set_headers(struct easy_options *options, struct curl_slist *headers)
{
    if (options->headers == headers) {
        return 0;
    }
    if (curl_easy_setopt(options->easy, CURLOPT_HTTPHEADER, headers) != CURLE_OK) {
        return -ENOMEM;
    }
    options->headers = headers;
    return 0;
}

int easy_options_apply(struct easy_options *options, const struct easy_wish *wish)
{
    CURL *easy = options->easy;
    int r = set_target(options, wish->target);
    if (r == 0) {
        r = set_headers(options, wish->headers);
    }
    if (r == 0) {
        r = set_method(options, wish);
    }
    if (r == 0) {
        r = set_decode(options, wish->decode);
    }
    if (r == 0) {
        r = set_sessions(options, wish->sessions);
    }
    if (r == 0) {
        r = set_version(options, wish->http2);
    }
    if (r == 0 && (wish->target->https || wish->proxy)) {
        r = set_tls(options, wish);
    }
    if (r == 0) {
        r = lazy_text(easy, CURLOPT_PROXY, &options->proxy, wish->proxy, "");
    }
    if (r == 0) {
        r = lazy_long(easy, CURLOPT_TIMEOUT_MS, &options->timeout_ms, wish->timeout_ms);
    }
    if (r == 0) {
        r = lazy_long(easy, CURLOPT_CONNECTTIMEOUT_MS, &options->connect_timeout_ms,
                      wish->connect_timeout_ms);
    }
    if (r == 0) {
        r = lazy_long(easy, CURLOPT_DNS_CACHE_TIMEOUT, &options->dns_cache_s, wish->dns_cache_s);
    }
    if (r == 0) {
        r = lazy_bool(easy, CURLOPT_FRESH_CONNECT, &options->fresh_connection,
                      wish->fresh_connection);
    }
    return r;
}
