// Any header fields: what they ask for is a wait within bounds.

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/model/http.h"
#include "bridge/poll/politeness/backoff.h"
#include "bridge/poll/politeness/freshness.h"
#include "bridge/poll/politeness/quota.h"
#include "tests/fuzz/fuzz.h"

#define DAY_MS     INT64_C(86400000)
#define CENTURY_MS INT64_C(3155760000000)
#define NOW_MS     INT64_C(1767225600000)

// Lines of "name: value".
static void add_fields(struct headers *headers, char *text)
{
    char *state = NULL;
    for (char *line = strtok_r(text, "\n", &state); line; line = strtok_r(NULL, "\n", &state)) {
        char *colon = strchr(line, ':');
        if (colon && headers->n < 50) {
            *colon = '\0';
            (void)!headers_add(headers, line, colon + 1 + strspn(colon + 1, " "));
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(http_response_deinit) struct http_response response = { .status = 429 };
    AUTO_FREE char *text = malloc(size + 1);
    if (!text) {
        return 0;
    }
    memcpy(text, data, size);
    text[size] = '\0';
    add_fields(&response.headers, text);
    int64_t rest_ms = backoff_rest_ms(&response, NOW_MS, 3);
    assert(rest_ms >= 1000 && rest_ms <= DAY_MS);
    int64_t fresh_ms = freshness_left_ms(&response, NOW_MS);
    assert(fresh_ms >= 0 && fresh_ms <= 200 * CENTURY_MS);
    const struct quota quota = quota_read(&response, NOW_MS);
    int64_t wait_ms = quota_wait_ms(&quota);
    assert(wait_ms >= 0 && wait_ms <= DAY_MS && quota.remaining >= 0 && quota.limit >= 0);
    return 0;
}
