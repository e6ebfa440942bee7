// What an answer to a webhook means. The order of the questions is the order of the table in the
// documentation: a fault of the network, then what a 2xx settles, then what the receiver asks for.

#include <stdbool.h>

#include "bridge/base/http-date.h"
#include "bridge/base/str.h"
#include "bridge/model/http.h"
#include "sinks/webhook-inside.h"

#define SECOND_MS       ((int64_t)1000)
#define REST_MS         (60 * SECOND_MS)
#define REST_LEAST_MS   SECOND_MS
#define REST_MOST_MS    (24 * 3600 * SECOND_MS)
#define DELIVERY_HEADER "webhook-delivery"

static struct verdict judge_fault(const struct http_response *response)
{
    enum http_error error = response->error;
    struct verdict verdict = { .kind = VERDICT_RETRY, .error_code = http_error_code(error) };
    if (error == HTTP_BLOCKED_ADDRESS || (error == HTTP_TLS_ERROR && response->tls_name_refused)) {
        verdict.kind = VERDICT_FINAL; // refused on this side, and would be again
    } else if (error == HTTP_TIMEOUT_CONNECT || error == HTTP_TIMEOUT_TOTAL) {
        verdict.kind = VERDICT_REST;
        verdict.rest_ms = REST_MS;
    }
    return verdict;
}

static int64_t rest_ms(const struct http_response *response, int64_t now_ms)
{
    const char *retry_after = headers_get(&response->headers, "retry-after");
    int64_t wait_ms = 0;
    if (!retry_after || !http_retry_after_parse(retry_after, now_ms, &wait_ms)) {
        return REST_MS;
    }
    if (wait_ms < REST_LEAST_MS) {
        return REST_LEAST_MS;
    }
    return wait_ms < REST_MOST_MS ? wait_ms : REST_MOST_MS;
}

static bool asks_for_rest(int status)
{
    return status == 429 || status == 502 || status == 503 || status == 504;
}

struct verdict sink_webhook_judge(const void *settings, const struct http_response *response,
                                  int64_t now_ms)
{
    (void)settings;
    int status = response->status;
    if (response->error != HTTP_NO_ERROR) {
        return judge_fault(response);
    }
    if (status >= 200 && status <= 299) {
        return (struct verdict){ .kind = VERDICT_DELIVERED };
    }
    struct verdict verdict = { .kind = VERDICT_RETRY, .error_code = "http_status" };
    const char *wish = headers_get(&response->headers, DELIVERY_HEADER);
    if (status == 410 || (wish && str_eq_nocase(wish, "disable"))) {
        verdict.kind = VERDICT_GONE;
    } else if (wish && str_eq_nocase(wish, "abort-message")) {
        verdict.kind = VERDICT_FINAL;
    } else if (asks_for_rest(status)) {
        verdict.kind = VERDICT_REST;
        verdict.rest_ms = rest_ms(response, now_ms);
    } else if (status >= 300 && status <= 399) {
        verdict.error_code = "redirect_refused";
    }
    return verdict;
}
