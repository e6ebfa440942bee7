// When a token that was just given expires.

#include <stdlib.h>
#include <string.h>

#include "bridge/base/str.h"
#include "tests/unit/sources/support.h"

#define NOW_MS       INT64_C(1767225600123) // 2026-01-01T00:00:00.123Z
#define NEVER        INT64_C(0)             // known
#define REFUSED      INT64_C(-1)
#define TEN_YEARS_MS (INT64_C(10) * 366 * 86400 * 1000)

struct life {
    const char *key; // of the auth
    const char *answer;
    int64_t expires_at_ms;
};

static void check_life(const struct life *life)
{
    struct problem AUTO_PROBLEM *why = NULL;
    struct token AUTO_TOKEN token = { 0 };
    AUTO_FREE char *keys = str_printf(
        "type: login\nrequest: { url: \"https://a.example.com/\" }\ntoken: .t\n%s", life->key);
    struct settings AUTO_SETTINGS *settings = support_auth(keys);
    const struct auth_settings *auth = &settings->auths[0];
    struct http_response AUTO_RESPONSE answer =
        support_answer(200, "application/json", life->answer);
    int r = auth->driver->token_parse(auth->driver_settings, &answer, NOW_MS, &token, &why);
    if (r != (life->expires_at_ms == REFUSED ? AUTH_E_REFUSED : 0) || (r != 0) != (why != NULL)) {
        fail_msg("%s, %s: %d, %s", life->key, life->answer, r, why ? why->message : "no words");
    }
    if (r == 0 && token.expires_at_ms != life->expires_at_ms) {
        fail_msg("%s, %s: %lld", life->key, life->answer, (long long)token.expires_at_ms);
    }
    if (r != 0) {
        assert_string_equal(why->code, "auth_refused");
        assert_null(strstr(why->message, "hush"));
        assert_null(token.value.data);
    }
}

static void check_lives(const struct life *lives, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        check_life(&lives[i]);
    }
}

static void without_a_word_a_token_is_used_until_refused(void **state)
{
    (void)state;
    check_life(&(struct life){ "", "{\"t\":\"hush\",\"expires_in\":60}", NEVER });
}

static void durations_count_from_now(void **state)
{
    (void)state;
    static const struct life lives[] = {
        { "expires_in: 30m", "{\"t\":\"hush\"}", NOW_MS + 1800000 },
        { "expires_in: 250ms", "{\"t\":\"hush\"}", NOW_MS + 250 },
        { "expires_in: 1h30m", "{\"t\":\"hush\",\"expires_in\":1}", NOW_MS + 5400000 },
        { "expires_in: 15000000000w", "{\"t\":\"hush\"}", NOW_MS + TEN_YEARS_MS },
    };
    check_lives(lives, ARRAY_LEN(lives));
}

static void seconds_stand_in_the_answer(void **state)
{
    (void)state;
    static const struct life lives[] = {
        { "expires_in: .e", "{\"t\":\"hush\",\"e\":3600}", NOW_MS + 3600000 },
        { "expires_in: .e", "{\"t\":\"hush\",\"e\":\"3600\"}", NOW_MS + 3600000 },
        { "expires_in: .e", "{\"t\":\"hush\",\"e\":1.5}", NOW_MS + 1500 },
        { "expires_in: .e", "{\"t\":\"hush\",\"e\":3.6e3}", NOW_MS + 3600000 },
        { "expires_in: .d.e", "{\"t\":\"hush\",\"d\":{\"e\":10}}", NOW_MS + 10000 },
        { "expires_in: \" .e\"", "{\"t\":\"hush\",\"e\":10}", NOW_MS + 10000 },
        // How some say that it never does.
        { "expires_in: .e", "{\"t\":\"hush\",\"e\":0}", NEVER },
        { "expires_in: .e", "{\"t\":\"hush\",\"e\":-1}", NEVER },
        { "expires_in: .e", "{\"t\":\"hush\",\"e\":null}", NEVER },
        { "expires_in: .e?", "{\"t\":\"hush\"}", NEVER },
        // Whatever would overflow is a long life.
        { "expires_in: .e", "{\"t\":\"hush\",\"e\":18446744073709551615}", NOW_MS + TEN_YEARS_MS },
        { "expires_in: .e", "{\"t\":\"hush\",\"e\":1e300}", NOW_MS + TEN_YEARS_MS },
        { "expires_in: .e", "{\"t\":\"hush\",\"e\":1e306}", NOW_MS + TEN_YEARS_MS },
        { "expires_in: .e", "{\"t\":\"hush\",\"e\":-1e300}", NEVER },
    };
    check_lives(lives, ARRAY_LEN(lives));
}

static void a_life_that_is_no_number_is_refused(void **state)
{
    (void)state;
    static const struct life lives[] = {
        { "expires_in: .e", "{\"t\":\"hush\"}", REFUSED },
        { "expires_in: .d.e", "{\"t\":\"hush\",\"d\":7}", REFUSED },
        { "expires_in: .e", "{\"t\":\"hush\",\"e\":\"hush soon\"}", REFUSED },
        { "expires_in: .e", "{\"t\":\"hush\",\"e\":\"\"}", REFUSED },
        { "expires_in: .e", "{\"t\":\"hush\",\"e\":\"12 hush\"}", REFUSED },
        { "expires_in: .e", "{\"t\":\"hush\",\"e\":\"nan\"}", REFUSED },
        { "expires_in: .e", "{\"t\":\"hush\",\"e\":1e400}", REFUSED },
        { "expires_in: .e", "{\"t\":\"hush\",\"e\":true}", REFUSED },
        { "expires_in: .e", "{\"t\":\"hush\",\"e\":[60]}", REFUSED },
    };
    check_lives(lives, ARRAY_LEN(lives));
}

static void moments_are_numbers_or_dates(void **state)
{
    (void)state;
    static const struct life lives[] = {
        { "expires_at: .e", "{\"t\":\"hush\",\"e\":1767229200}", 1767229200000 },
        { "expires_at: .e", "{\"t\":\"hush\",\"e\":1767229200123}", 1767229200123 },
        { "expires_at: .e", "{\"t\":\"hush\",\"e\":\"1767229200\"}", 1767229200000 },
        { "expires_at: .e", "{\"t\":\"hush\",\"e\":1767229200.5}", 1767229200500 },
        { "expires_at: .e", "{\"t\":\"hush\",\"e\":\"2026-01-01T01:00:00Z\"}", 1767229200000 },
        { "expires_at: .e", "{\"t\":\"hush\",\"e\":\"2026-01-01T01:00:00.999Z\"}", 1767229200000 },
        { "expires_at: .e", "{\"t\":\"hush\",\"e\":\"2026-01-01 01:00:00z\"}", 1767229200000 },
        { "expires_at: .e", "{\"t\":\"hush\",\"e\":\"2026-01-01T03:00:00+02:00\"}", 1767229200000 },
        { "expires_at: .e", "{\"t\":\"hush\",\"e\":\"2025-12-31T21:30:00-0330\"}", 1767229200000 },
        { "expires_at: .e", "{\"t\":\"hush\",\"e\":\"2024-02-29T00:00:00Z\"}", 1709164800000 },
        // "Never", by convention of one or the other.
        { "expires_at: .e", "{\"t\":\"hush\",\"e\":0}", NEVER },
        { "expires_at: .e", "{\"t\":\"hush\",\"e\":-1}", NEVER },
        { "expires_at: .e", "{\"t\":\"hush\",\"e\":null}", NEVER },
        { "expires_at: .e?", "{\"t\":\"hush\"}", NEVER },
        { "expires_at: .e", "{\"t\":\"hush\",\"e\":\"0001-01-01T00:00:00Z\"}", NEVER },
        { "expires_at: .e", "{\"t\":\"hush\",\"e\":\"9999-12-31T23:59:59Z\"}",
          NOW_MS + TEN_YEARS_MS },
        { "expires_at: .e", "{\"t\":\"hush\",\"e\":1e300}", NOW_MS + TEN_YEARS_MS },
    };
    check_lives(lives, ARRAY_LEN(lives));
}

static void a_moment_without_a_meaning_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "hush",
        "2026-01-01",
        "2026-01-01T01:00:00", // where?
        "2026-01-01T01:00:00 hush",
        "2026-01-01T01:00:00Z hush",
        "2026-01-01T25:00:00Z",
        "2026-13-01T01:00:00Z",
        "2026-01-01T01:00:00+",
        "2026-01-01T01:00:00+2",
        "2026-01-01T01:00:00+02",
        "2026-01-01T01:00:00+02:0",
        "2026-01-01T01:00:00+24:00",
        "2026-01-01T01:00:00+02:60",
        "2026-01-01T01:00:00+-1:00",
        "2026-01-01T01:00:00+02:00:00",
        "2026-01-01T01:00:00.",
        "Thu, 01 Jan 2026 01:00:00 GMT",
    };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        AUTO_FREE char *answer = str_printf("{\"t\":\"hush\",\"e\":\"%s\"}", texts[i]);
        check_life(&(struct life){ "expires_at: .e", answer, REFUSED });
    }
    check_life(&(struct life){ "expires_at: .e", "{\"t\":\"hush\"}", REFUSED });
    check_life(&(struct life){ "expires_at: .e", "{\"t\":\"hush\",\"e\":{}}", REFUSED });
}

// The zone of the machine is of no concern to dates that name theirs.
static void the_machines_zone_does_not_count(void **state)
{
    (void)state;
    assert_int_equal(setenv("TZ", "Pacific/Auckland", 1), 0);
    check_life(&(struct life){ "expires_at: .e", "{\"t\":\"hush\",\"e\":\"2026-01-01T01:00:00Z\"}",
                               1767229200000 });
    assert_int_equal(unsetenv("TZ"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_word_a_token_is_used_until_refused),
        cmocka_unit_test(durations_count_from_now),
        cmocka_unit_test(seconds_stand_in_the_answer),
        cmocka_unit_test(a_life_that_is_no_number_is_refused),
        cmocka_unit_test(moments_are_numbers_or_dates),
        cmocka_unit_test(a_moment_without_a_meaning_is_refused),
        cmocka_unit_test(the_machines_zone_does_not_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
