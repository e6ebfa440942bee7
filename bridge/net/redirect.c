#include "bridge/net/redirect.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "bridge/base/str.h"

static void url_cleanup(CURLU **url)
{
    curl_url_cleanup(*url);
}

static void text_cleanup(char **text)
{
    curl_free(*text);
}

#define AUTO_CURLU    CLEANUP(url_cleanup)
#define AUTO_CURLTEXT CLEANUP(text_cleanup)

void redirect_deinit(struct redirect *redirect)
{
    free(redirect->url);
    *redirect = (struct redirect){ 0 };
}

bool redirect_is_status(int status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

bool redirect_becomes_get(int status, const char *method)
{
    if (status == 303) {
        return !str_eq(method, "GET") && !str_eq(method, "HEAD");
    }
    return (status == 301 || status == 302) && str_eq(method, "POST");
}

// True when both URLs have the same text for that part (a missing part equals a missing one).
static bool part_equal(CURLU *a, CURLU *b, CURLUPart part, unsigned flags)
{
    AUTO_CURLTEXT char *in_a = NULL;
    AUTO_CURLTEXT char *in_b = NULL;
    (void)curl_url_get(a, part, &in_a, flags);
    (void)curl_url_get(b, part, &in_b, flags);
    return (!in_a && !in_b) || (in_a && in_b && str_eq_nocase(in_a, in_b));
}

static bool is_http(CURLU *url)
{
    AUTO_CURLTEXT char *scheme = NULL;
    (void)curl_url_get(url, CURLUPART_SCHEME, &scheme, 0);
    return scheme && (str_eq_nocase(scheme, "http") || str_eq_nocase(scheme, "https"));
}

// A Location seldom repeats the user info it was reached with. What it has of its own counts.
static int carry_user_info(CURLU *base, CURLU *next)
{
    AUTO_CURLTEXT char *user = NULL;
    AUTO_CURLTEXT char *password = NULL;
    AUTO_CURLTEXT char *own = NULL;
    (void)curl_url_get(base, CURLUPART_USER, &user, 0);
    (void)curl_url_get(base, CURLUPART_PASSWORD, &password, 0);
    (void)curl_url_get(next, CURLUPART_USER, &own, 0);
    if (own || !user) {
        return 0;
    }
    bool kept = curl_url_set(next, CURLUPART_USER, user, 0) == CURLUE_OK &&
                curl_url_set(next, CURLUPART_PASSWORD, password, 0) == CURLUE_OK;
    return kept ? 0 : -ENOMEM;
}

static int keep_url(struct redirect *redirect, CURLU *url)
{
    AUTO_CURLTEXT char *text = NULL;
    if (curl_url_set(url, CURLUPART_FRAGMENT, NULL, 0) != CURLUE_OK ||
        curl_url_get(url, CURLUPART_URL, &text, 0) != CURLUE_OK) {
        return -ENOMEM;
    }
    redirect->url = strdup(text);
    return redirect->url ? 0 : -ENOMEM;
}

int redirect_resolve(struct redirect *ret, const char *base_url, const char *location,
                     const char **ret_words)
{
    AUTO_CURLU CURLU *base = curl_url();
    if (!base || curl_url_set(base, CURLUPART_URL, base_url, CURLU_URLENCODE) != CURLUE_OK) {
        return -ENOMEM; // the base was parsed before: only memory can be missing
    }
    AUTO_CURLU CURLU *next = curl_url_dup(base);
    if (!next) {
        return -ENOMEM;
    }
    CURLUcode code = curl_url_set(next, CURLUPART_URL, location, CURLU_URLENCODE);
    if (code == CURLUE_OUT_OF_MEMORY) {
        return -ENOMEM;
    }
    if (code != CURLUE_OK) {
        *ret_words = curl_url_strerror(code);
        return REDIRECT_E_URL;
    }
    if (!is_http(next)) {
        *ret_words = "not an http or https URL";
        return REDIRECT_E_URL;
    }
    struct redirect redirect = {
        .same_host = part_equal(base, next, CURLUPART_HOST, 0),
    };
    redirect.same_origin = redirect.same_host && part_equal(base, next, CURLUPART_SCHEME, 0) &&
                           part_equal(base, next, CURLUPART_PORT, CURLU_DEFAULT_PORT);
    int r = 0;
    if (redirect.same_origin) {
        r = carry_user_info(base, next);
    } else {
        (void)curl_url_set(next, CURLUPART_USER, NULL, 0);
        (void)curl_url_set(next, CURLUPART_PASSWORD, NULL, 0);
    }
    if (r == 0) {
        r = keep_url(&redirect, next);
    }
    if (r < 0) {
        return r;
    }
    *ret = redirect;
    return 0;
}
