#include "bridge/base/time-zone.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "bridge/base/problem.h"
#include "bridge/base/windows.h"
#include "bridge/base/zone-rule.h"

#define HOUR   INT64_C(3600)
#define DAY    (24 * HOUR)
#define SPRING INT64_C(1774746000) // 2026-03-29T01:00:00Z: Madrid goes from 02:00 to 03:00
#define AUTUMN INT64_C(1792890000) // 2026-10-25T01:00:00Z: and from 03:00 to 02:00

static struct time_zone *zone_of(const char *name)
{
    struct time_zone *zone = NULL;
    assert_int_equal(time_zone_load(&zone, name, NULL), 0);
    assert_string_equal(time_zone_name(zone), name);
    return zone;
}

static void spans_end_where_clocks_change(void **state)
{
    (void)state;
    AUTO_TIME_ZONE struct time_zone *madrid = zone_of("Europe/Madrid");
    const struct time_zone_span winter = time_zone_span_at(madrid, SPRING - 1);
    const struct time_zone_span summer = time_zone_span_at(madrid, SPRING);
    assert_int_equal(winter.offset_s, HOUR);
    assert_int_equal(winter.until_s, SPRING);
    assert_int_equal(summer.from_s, SPRING);
    assert_int_equal(summer.offset_s, 2 * HOUR);
    assert_int_equal(summer.until_s, AUTUMN);
    // A century on, by the rule behind the table.
    const struct time_zone_span later = time_zone_span_at(madrid, INT64_C(4245696000));
    assert_int_equal(later.offset_s, 2 * HOUR); // in July
    assert_true(later.until_s - later.from_s > 200 * DAY);
    assert_int_equal(time_zone_span_at(NULL, 0).until_s, INT64_MAX); // UTC
}

static void a_face_of_the_clock_is_an_instant(void **state)
{
    (void)state;
    AUTO_TIME_ZONE struct time_zone *madrid = zone_of("Europe/Madrid");
    assert_int_equal(time_zone_instant(madrid, SPRING + HOUR / 2, false), SPRING - HOUR / 2);
    // 02:30 does not exist in spring, and is there twice in autumn.
    assert_int_equal(time_zone_instant(madrid, SPRING + HOUR + HOUR / 2, false), SPRING);
    assert_int_equal(time_zone_instant(madrid, SPRING + HOUR + HOUR / 2, true), SPRING);
    assert_int_equal(time_zone_instant(madrid, AUTUMN + HOUR + HOUR / 2, false), AUTUMN - HOUR / 2);
    assert_int_equal(time_zone_instant(madrid, AUTUMN + HOUR + HOUR / 2, true), AUTUMN + HOUR / 2);
    assert_int_equal(time_zone_instant(NULL, 12345, true), 12345);
}

static void names_that_lead_elsewhere_are_refused(void **state)
{
    (void)state;
    static const char *const names[] = {
        "",       "Europe/Madrit", "../../etc/passwd", "/etc/passwd",
        "Europe", "tzdata.zi",     "Europe/Madrid\n"
    };
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        CLEANUP(problem_freep) struct problem *why = NULL;
        struct time_zone *zone = NULL;
        if (time_zone_load(&zone, names[i], &why) != TIME_ZONE_E_BAD) {
            fail_msg("\"%s\" is a zone", names[i]);
        }
        assert_non_null(why);
        assert_null(zone);
    }
}

static void rules_are_read_in_all_their_forms(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t offset_s;
        int64_t saved_offset_s; // 0: none
    } good[] = {
        { "UTC0", 0, 0 },
        { "<+0330>-3:30", 3 * HOUR + 1800, 0 },
        { "CET-1CEST,M3.5.0,M10.5.0/3", HOUR, 2 * HOUR },
        { "IST-1GMT0,M10.5.0,M3.5.0/1", HOUR, 0 },
        { "<-02>2<-01>,M3.5.0/-1,M10.5.0/0", -2 * HOUR, -HOUR },
        { "EST5EDT,J60/2,J300/2", -5 * HOUR, -4 * HOUR },
        { "EST5EDT,59,299/26:30:15", -5 * HOUR, -4 * HOUR },
    };
    static const char *const bad[] = {
        "",
        "A",
        "AB1",
        "CET",
        "CET-1CEST",
        "CET-1CEST,M13.5.0,M10.5.0",
        "CET-1CEST,M3.6.0,M10.5.0",
        "CET-1CEST,M3.5.7,M10.5.0",
        "CET-1CEST,M3.5.0",
        "CET-1CEST,M3.5.0,M10.5.0x",
        "<CET-1",
        "CET-1CEST,J0,J1",
        "CET-1CEST,366,1",
        "CET-168",
    };
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        struct zone_rule rule;
        assert_true(zone_rule_parse(good[i].text, strlen(good[i].text), &rule));
        assert_int_equal(rule.offset_s, good[i].offset_s);
        assert_int_equal(rule.saved_offset_s, good[i].saved_offset_s);
    }
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct zone_rule rule;
        if (zone_rule_parse(bad[i], strlen(bad[i]), &rule)) {
            fail_msg("\"%s\" is a rule", bad[i]);
        }
    }
}

// ---- windows ----

static void windows_open_and_close_by_the_local_clock(void **state)
{
    (void)state;
    AUTO_TIME_ZONE struct time_zone *madrid = zone_of("Europe/Madrid");
    struct window office = { 0x3e, 8 * 60, 18 * 60 }; // Monday to Friday
    struct window night = { 0x7f, 22 * 60, 6 * 60 };
    const struct window_list working = { &office, 1 };
    const struct window_list sleeping = { &night, 1 };
    int64_t friday_s = SPRING - 2 * DAY + 10 * HOUR; // 12:00 in Madrid
    assert_int_equal(windows_next(&working, madrid, friday_s), friday_s);
    assert_int_equal(windows_next(&working, madrid, friday_s + 4 * HOUR), friday_s + 4 * HOUR);
    // After 18:00 on Friday it opens on Monday at 08:00, an hour sooner: it is summer then.
    assert_int_equal(windows_next(&working, madrid, friday_s + 8 * HOUR), SPRING + DAY + 5 * HOUR);
    // Over midnight, on the short night: 22:00 to 06:00 is seven hours.
    int64_t evening_s = SPRING - 4 * HOUR; // 22:00
    assert_int_equal(windows_next(&sleeping, madrid, evening_s - 60), evening_s);
    assert_int_equal(windows_next(&sleeping, madrid, evening_s + 7 * HOUR - 1),
                     evening_s + 7 * HOUR - 1);
    assert_int_equal(windows_next(&sleeping, madrid, evening_s + 7 * HOUR), evening_s + 23 * HOUR);
    const struct window_list none = { 0 };
    assert_int_equal(windows_next(&none, madrid, friday_s), friday_s);
}

static void days_and_times_are_read_or_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int days; // -1: refused
    } days[] = {
        { "mon-fri", 0x3e }, { "sat,sun", 0x41 }, { "SAT - sun", -1 }, { "sat-mon", 0x43 },
        { "daily", 0x7f },   { "wed", 8 },        { "", -1 },          { "monday", -1 },
        { "mon,", -1 },      { "mon-", -1 },
    };
    for (size_t i = 0; i < ARRAY_LEN(days); i++) {
        uint8_t found;
        if (window_days_parse(days[i].text, &found) != (days[i].days >= 0) ||
            (days[i].days >= 0 && found != days[i].days)) {
            fail_msg("\"%s\"", days[i].text);
        }
    }
    int minute;
    assert_true(window_time_parse("08:05", &minute) && minute == 485);
    assert_true(window_time_parse("24:00", &minute) && minute == 1440);
    assert_false(window_time_parse("24:01", &minute) || window_time_parse("8:00", &minute) ||
                 window_time_parse("08:60", &minute) || window_time_parse("ab:cd", &minute) ||
                 window_time_parse("", &minute));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spans_end_where_clocks_change),
        cmocka_unit_test(a_face_of_the_clock_is_an_instant),
        cmocka_unit_test(names_that_lead_elsewhere_are_refused),
        cmocka_unit_test(rules_are_read_in_all_their_forms),
        cmocka_unit_test(windows_open_and_close_by_the_local_clock),
        cmocka_unit_test(days_and_times_are_read_or_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
