#include "bridge/poll/politeness/backoff.h"

#include "bridge/base/http-date.h"
#include "bridge/model/http.h"

#define SECOND ((int64_t)1000)
#define HOUR   (3600 * SECOND)
#define DAY    (24 * HOUR)

// from_ms doubled `times` times, at most most_ms; from_ms itself when that is more.
static int64_t doubled(int64_t from_ms, unsigned times, int64_t most_ms)
{
    int64_t wait_ms = from_ms;
    for (unsigned i = 0; i < times && wait_ms < most_ms; i++) {
        wait_ms = wait_ms > most_ms / 2 ? most_ms : wait_ms * 2;
    }
    return wait_ms;
}

int64_t backoff_interval_ms(int64_t interval_ms, unsigned failures)
{
    return doubled(interval_ms, failures, HOUR);
}

int64_t backoff_quick_ms(unsigned retry, uint64_t random)
{
    uint64_t window_ms = retry == 0 ? 1000 : 4000;
    return (int64_t)(random % (window_ms + 1));
}

bool backoff_is_passing(const struct http_response *response)
{
    switch (response->error) {
    case HTTP_NO_ERROR: return response->status >= 500 && response->status != 501;
    case HTTP_DNS_ERROR:
    case HTTP_CONNECTION_REFUSED:
    case HTTP_CONNECTION_RESET:
    case HTTP_TIMEOUT_CONNECT: return true;
    case HTTP_TIMEOUT_TOTAL:
    case HTTP_TLS_ERROR:
    case HTTP_BLOCKED_ADDRESS:
    case HTTP_RESPONSE_TOO_LARGE:
    case HTTP_TOO_MANY_REDIRECTS:
    case HTTP_PROXY_ERROR:
    case HTTP_PROTOCOL_ERROR:
    case HTTP_CANCELED: break;
    }
    return false;
}

int64_t backoff_rest_ms(const struct http_response *response, int64_t wall_now_ms, unsigned strikes)
{
    const char *text = headers_get(&response->headers, "Retry-After");
    int64_t wait_ms;
    int64_t now_ms = http_answered_at_ms(headers_get(&response->headers, "Date"), wall_now_ms);
    if (!text || !http_retry_after_parse(text, now_ms, &wait_ms)) {
        return doubled(60 * SECOND, strikes, DAY);
    }
    if (wait_ms < SECOND) {
        return SECOND;
    }
    return wait_ms < DAY ? wait_ms : DAY;
}

int64_t backoff_token_ms(unsigned failures)
{
    return failures == 0 ? 0 : doubled(5 * SECOND, failures - 1, HOUR);
}

int64_t backoff_store_ms(unsigned tries)
{
    return doubled(100, tries, 30 * SECOND);
}
