#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka wants the four above first
#include <cmocka.h>
#include <errno.h>
#include <math.h>
#include <string.h>

#include "bridge/base/buf.h"
#include "bridge/base/metrics.h"

static void expect_page(struct metrics *metrics, const char *wanted)
{
    AUTO_BUF struct buf page = { 0 };
    assert_int_equal(metrics_render(metrics, &page), 0);
    assert_string_equal(buf_str(&page), wanted);
}

static struct metrics *make(void)
{
    struct metrics *metrics = NULL;
    assert_int_equal(metrics_new(&metrics), 0);
    return metrics;
}

static void collect_polls(struct metrics_writer *writer, void *userdata)
{
    const struct metrics_label labels[] = { { "source", userdata }, { "result", "changed" } };
    metrics_family(writer, "pollbridge_polls_total", METRICS_COUNTER, "Polls made.");
    metrics_sample(writer, labels, 2, 3);
}

static void collect_plain(struct metrics_writer *writer, void *userdata)
{
    (void)userdata;
    metrics_family(writer, "pollbridge_up", METRICS_GAUGE, "A \"back\\slash\"\nand a line.");
    metrics_sample(writer, NULL, 0, 1);
}

static void empty_page_without_collectors(void **state)
{
    (void)state;
    CLEANUP(metrics_freep) struct metrics *metrics = make();
    expect_page(metrics, "");
    assert_null(metrics_free(NULL));
}

static void labels_and_help_are_escaped(void **state)
{
    (void)state;
    CLEANUP(metrics_freep) struct metrics *metrics = make();
    char odd[] = "a\"b\\c\nd\xc3\xa9";
    assert_int_equal(metrics_add_collector(metrics, collect_polls, odd), 0);
    assert_int_equal(metrics_add_collector(metrics, collect_plain, NULL), 0);
    expect_page(metrics,
                "# HELP pollbridge_polls_total Polls made.\n"
                "# TYPE pollbridge_polls_total counter\n"
                "pollbridge_polls_total{source=\"a\\\"b\\\\c\\nd\xc3\xa9\",result=\"changed\"} 3\n"
                "# HELP pollbridge_up A \"back\\\\slash\"\\nand a line.\n"
                "# TYPE pollbridge_up gauge\n"
                "pollbridge_up 1\n");
}

// The format wants a family's samples together and HELP and TYPE once.
static void family_written_by_two_collectors_stands_together(void **state)
{
    (void)state;
    CLEANUP(metrics_freep) struct metrics *metrics = make();
    char one[] = "one";
    char two[] = "two";
    assert_int_equal(metrics_add_collector(metrics, collect_polls, one), 0);
    assert_int_equal(metrics_add_collector(metrics, collect_plain, NULL), 0);
    assert_int_equal(metrics_add_collector(metrics, collect_polls, two), 0);
    expect_page(metrics, "# HELP pollbridge_polls_total Polls made.\n"
                         "# TYPE pollbridge_polls_total counter\n"
                         "pollbridge_polls_total{source=\"one\",result=\"changed\"} 3\n"
                         "pollbridge_polls_total{source=\"two\",result=\"changed\"} 3\n"
                         "# HELP pollbridge_up A \"back\\\\slash\"\\nand a line.\n"
                         "# TYPE pollbridge_up gauge\n"
                         "pollbridge_up 1\n");
    metrics_remove_collector(metrics, collect_plain, NULL);
    metrics_remove_collector(metrics, collect_polls, one);
    metrics_remove_collector(metrics, collect_polls, metrics);
    expect_page(metrics, "# HELP pollbridge_polls_total Polls made.\n"
                         "# TYPE pollbridge_polls_total counter\n"
                         "pollbridge_polls_total{source=\"two\",result=\"changed\"} 3\n");
}

static void collect_numbers(struct metrics_writer *writer, void *userdata)
{
    (void)userdata;
    static const double values[] = {
        0,        -1,   0.1,       1.0 / 3, 9007199254740991.0, 1e21, 1767225600.123, NAN,
        INFINITY, -0.5, -INFINITY, 1e-9,
    };
    metrics_family(writer, "n", METRICS_GAUGE, "h");
    for (size_t i = 0; i < ARRAY_LEN(values); i++) {
        metrics_sample(writer, NULL, 0, values[i]);
    }
}

static void numbers_are_exact_and_readable(void **state)
{
    (void)state;
    CLEANUP(metrics_freep) struct metrics *metrics = make();
    assert_int_equal(metrics_add_collector(metrics, collect_numbers, NULL), 0);
    expect_page(metrics, "# HELP n h\n# TYPE n gauge\n"
                         "n 0\nn -1\nn 0.1\nn 0.33333333333333331\nn 9007199254740991\nn 1e+21\n"
                         "n 1767225600.123\nn NaN\nn +Inf\nn -0.5\nn -Inf\nn 1e-09\n");
}

static void collect_histogram(struct metrics_writer *writer, void *userdata)
{
    const struct metrics_label label = { "sink", "ops" };
    metrics_family(writer, "d_seconds", METRICS_HISTOGRAM, "h");
    metrics_histogram_samples(writer, &label, 1, userdata);
}

static void histogram_counts_up_to_infinity(void **state)
{
    (void)state;
    struct metrics_histogram histogram = { 0 };
    static const double seconds[] = { 0.001, 0.0011, 0.5, 60, 61, -3, NAN };
    for (size_t i = 0; i < ARRAY_LEN(seconds); i++) {
        metrics_observe(&histogram, seconds[i]);
    }
    CLEANUP(metrics_freep) struct metrics *metrics = make();
    assert_int_equal(metrics_add_collector(metrics, collect_histogram, &histogram), 0);
    expect_page(metrics, "# HELP d_seconds h\n# TYPE d_seconds histogram\n"
                         "d_seconds_bucket{sink=\"ops\",le=\"0.001\"} 3\n"
                         "d_seconds_bucket{sink=\"ops\",le=\"0.005\"} 4\n"
                         "d_seconds_bucket{sink=\"ops\",le=\"0.01\"} 4\n"
                         "d_seconds_bucket{sink=\"ops\",le=\"0.025\"} 4\n"
                         "d_seconds_bucket{sink=\"ops\",le=\"0.05\"} 4\n"
                         "d_seconds_bucket{sink=\"ops\",le=\"0.1\"} 4\n"
                         "d_seconds_bucket{sink=\"ops\",le=\"0.25\"} 4\n"
                         "d_seconds_bucket{sink=\"ops\",le=\"0.5\"} 5\n"
                         "d_seconds_bucket{sink=\"ops\",le=\"1\"} 5\n"
                         "d_seconds_bucket{sink=\"ops\",le=\"2.5\"} 5\n"
                         "d_seconds_bucket{sink=\"ops\",le=\"5\"} 5\n"
                         "d_seconds_bucket{sink=\"ops\",le=\"10\"} 5\n"
                         "d_seconds_bucket{sink=\"ops\",le=\"30\"} 5\n"
                         "d_seconds_bucket{sink=\"ops\",le=\"60\"} 6\n"
                         "d_seconds_bucket{sink=\"ops\",le=\"+Inf\"} 7\n"
                         "d_seconds_sum{sink=\"ops\"} 121.5021\n"
                         "d_seconds_count{sink=\"ops\"} 7\n");
}

static void collect_bare_histogram(struct metrics_writer *writer, void *userdata)
{
    metrics_family(writer, "d", METRICS_HISTOGRAM, "h");
    metrics_histogram_samples(writer, NULL, 0, userdata);
}

static void histogram_without_labels_has_le_alone(void **state)
{
    (void)state;
    struct metrics_histogram histogram = { 0 };
    CLEANUP(metrics_freep) struct metrics *metrics = make();
    assert_int_equal(metrics_add_collector(metrics, collect_bare_histogram, &histogram), 0);
    AUTO_BUF struct buf page = { 0 };
    assert_int_equal(metrics_render(metrics, &page), 0);
    assert_non_null(strstr(page.data, "d_bucket{le=\"+Inf\"} 0\nd_sum 0\nd_count 0\n"));
}

static void collect_without_family(struct metrics_writer *writer, void *userdata)
{
    (void)userdata;
    metrics_sample(writer, NULL, 0, 1);
}

static void sample_without_a_family_is_dropped(void **state)
{
    (void)state;
    CLEANUP(metrics_freep) struct metrics *metrics = make();
    assert_int_equal(metrics_add_collector(metrics, collect_plain, NULL), 0);
    assert_int_equal(metrics_add_collector(metrics, collect_without_family, NULL), 0);
    AUTO_BUF struct buf page = { 0 };
    assert_int_equal(metrics_render(metrics, &page), 0);
    assert_null(strstr(page.data, "} 1"));
    assert_non_null(strstr(page.data, "pollbridge_up 1\n"));
    assert_null(strstr(page.data, "pollbridge_up 1\npollbridge_up 1\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(empty_page_without_collectors),
        cmocka_unit_test(labels_and_help_are_escaped),
        cmocka_unit_test(family_written_by_two_collectors_stands_together),
        cmocka_unit_test(numbers_are_exact_and_readable),
        cmocka_unit_test(histogram_counts_up_to_infinity),
        cmocka_unit_test(histogram_without_labels_has_le_alone),
        cmocka_unit_test(sample_without_a_family_is_dropped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
