#include "tests/unit/poll/support.h"

#include "bridge/model/http.h"
#include "bridge/poll/politeness/freshness.h"

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)

#define NOON "Thu, 01 Jan 2026 12:00:00 GMT" // hours away from our clock: theirs is what counts

static void an_answer_is_fresh_as_long_as_it_says(void **state)
{
    (void)state;
    static const struct {
        const char *fields[7]; // name, value, …, NULL
        int64_t left_ms;
    } cases[] = {
        { { NULL }, 0 },
        { { "Cache-Control", "max-age=60" }, MINUTE },
        { { "cache-control", "public, Max-Age=60, must-revalidate" }, MINUTE },
        { { "Cache-Control", "max-age=\"60\"" }, MINUTE },
        { { "Cache-Control", "public", "Cache-Control", "max-age=60" }, MINUTE },
        { { "Cache-Control", "x=\"a, max-age=9\", max-age=60" }, MINUTE },
        { { "Cache-Control", "max-age=60, max-age=3600" }, MINUTE }, // the first one
        { { "Cache-Control", "s-maxage=600, max-age=60" }, MINUTE }, // shared caches only
        { { "Cache-Control", "s-maxage=600" }, 0 },
        { { "Cache-Control", "max-age=60", "Age", "15" }, 45 * SECOND },
        { { "Cache-Control", "max-age=60", "Age", "60" }, 0 },
        { { "Cache-Control", "max-age=60", "Age", "90" }, 0 },
        { { "Cache-Control", "max-age=60", "Age", "young" }, MINUTE },
        { { "Cache-Control", "max-age=60, no-cache" }, 0 },
        { { "Cache-Control", "no-store", "Expires", "Thu, 01 Jan 2026 00:10:00 GMT" }, 0 },
        { { "Cache-Control", "max-age=0", "Expires", "Thu, 01 Jan 2026 00:10:00 GMT" }, 0 },
        { { "Cache-Control", "max-age=soon", "Expires", "Thu, 01 Jan 2026 00:10:00 GMT" }, 0 },
        { { "Cache-Control", "max-age=-1" }, 0 },
        { { "Cache-Control", "max-age" }, 0 },
        { { "Cache-Control", ",,; =, \"max-age=5" }, 0 },
        { { "Cache-Control", "max-age=99999999999999999999" }, INT64_C(3155760000000) },
        { { "Expires", "Thu, 01 Jan 2026 00:10:00 GMT" }, 10 * MINUTE },
        { { "Expires", "Thu, 01 Jan 2026 13:00:00 GMT", "Date", NOON }, HOUR },
        { { "Expires", "Thu, 01 Jan 2026 13:00:00 GMT", "Date", NOON, "Age", "1800" }, HOUR / 2 },
        { { "Expires", NOON, "Date", NOON }, 0 },
        { { "Expires", "Thu, 01 Jan 2026 11:00:00 GMT", "Date", NOON }, 0 },
        { { "Expires", "0" }, 0 },
        { { "Expires", "-1" }, 0 },
        { { "Age", "5" }, 0 },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(http_response_deinit) struct http_response response = { .status = 200 };
        for (const char *const *field = cases[i].fields; *field; field += 2) {
            assert_int_equal(headers_add(&response.headers, field[0], field[1]), 0);
        }
        int64_t left_ms = freshness_left_ms(&response, SUPPORT_NOW_MS);
        if (left_ms != cases[i].left_ms) {
            fail_msg("case %zu (%s): %lld ms", i, cases[i].fields[1], (long long)left_ms);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_is_fresh_as_long_as_it_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
