// for_each: which instances a source has, and what is told about a list that cannot be used.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "bridge/base/buf.h"
#include "bridge/base/str.h"
#include "bridge/model/instance.h"
#include "bridge/spi/settings.h"
#include "tests/unit/config/load-text.h"

#define SINK "sinks: { s: { url: 'https://h.example/x' } }\n"

// The file that lists them, beside the test.
static char rows_path[] = "for-each-rows-XXXXXX";

static void write_rows(const char *text)
{
    FILE *file = fopen(rows_path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static int make_file(void **state)
{
    (void)state;
    int fd = mkstemp(rows_path);
    return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(rows_path);
}

// "@" in the text stands for the file.
static struct loaded load_source(const char *url, const char *for_each)
{
    AUTO_BUF struct buf text = { 0 };
    assert_int_equal(buf_printf(&text, "sources:\n  a:\n    url: \"%s\"\n    for_each: ", url), 0);
    for (const char *c = for_each; *c; c++) {
        assert_int_equal(*c == '@' ? buf_append_str(&text, rows_path) : buf_append_char(&text, *c),
                         0);
    }
    assert_int_equal(buf_append_str(&text, "\n" SINK), 0);
    return load_text(buf_str(&text));
}

static void expect_instances(const char *url, const char *for_each, const char *names)
{
    struct loaded loaded = load_source(url, for_each);
    AUTO_FREE char *words = loaded_words(&loaded);
    AUTO_BUF struct buf found = { 0 };
    assert_string_equal(words, "");
    const struct source_settings *source = &loaded.settings->sources[0];
    assert_true(source->fans_out);
    for (size_t i = 0; i < source->instances.n; i++) {
        const struct instance *instance = source->instances.v[i];
        assert_int_equal(buf_printf(&found, "%s%s", i ? " " : "", instance->name), 0);
        assert_ptr_equal(instance_list_find(&source->instances, instance->name), instance);
    }
    assert_string_equal(buf_str(&found), names);
    assert_null(instance_list_find(&source->instances, "a"));
    loaded_deinit(&loaded);
}

static void lists_of_every_form_make_instances(void **state)
{
    (void)state;
    static const struct {
        const char *rows, *for_each, *names;
    } cases[] = {
        { "", "[{ r: us }, { r: eu }]", "a{r=eu} a{r=us}" },
        { "", "{ list: [{ r: 1, s: x }], members: { r: .s } }", "a{r=x}" },
        { "", "[]", "" },
        { "", "[{ r: '${HOST}' }]", "a{r=api.example.com}" },
        { "r,s\n1,2\n3,4\n", "{ file: @, format: csv }", "a{r=\"1\",s=\"2\"} a{r=\"3\",s=\"4\"}" },
        { "r,s\n\"x, \"\"y\"\"\",2\n", "{ file: @, format: csv, members: { r: .r } }",
          "a{r=\"x, \\\"y\\\"\"}" },
        { "\xEF\xBB\xBFr\r\nx\r\n", "{ file: @, format: csv }", "a{r=x}" },
        { "r\n", "{ file: @, format: csv }", "" },
        { "", "{ file: @, format: csv }", "" },
        { "- { r: 1 }\n- r: '1'\n", "{ file: @, format: yaml }", "a{r=\"1\"} a{r=1}" },
        { "[{\"r\": true}]", "{ file: @, format: yaml }", "a{r=true}" },
        { "# c\nx\n\ny z \r\n#d\n", "{ file: @, members: { r: . } }", "a{r=\"y z\"} a{r=x}" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        write_rows(cases[i].rows);
        expect_instances("http://x.example/{{ r }}", cases[i].for_each, cases[i].names);
    }
}

static void a_scalar_is_called_value(void **state)
{
    (void)state;
    expect_instances("http://x.example/{{ value }}", "[eu, 5]", "a{value=5} a{value=eu}");
    write_rows("http://one.example/\nhttp://two.example/x\n");
    expect_instances("{{ value }}", "{ file: @ }",
                     "a{value=http://one.example/} a{value=http://two.example/x}");
}

// "@" stands for the file, "$" for the configuration.
static void a_bad_list_is_told_with_its_place(void **state)
{
    (void)state;
    static const struct {
        const char *rows, *url, *for_each, *words;
    } cases[] = {
        { "", "http://x/{{ s }}", "[{ r: 1 }]",
          "$:4:16: {{ s }} names no member of for_each; there is \"r\"" },
        { "", "http://x/{{ r }}", "[{ r: 1 }, { r: 1.0 }]",
          "$:4:26: the instance a{r=1} stands here a second time; it was first written in line 4, "
          "remove one of the two" },
        { "", "http://x/{{ r }}", "[{ r: [1] }]",
          "$:4:16: the member \"r\" is a list or an object; only a text, a number, true or false "
          "can tell instances apart" },
        { "", "http://x/", "[null]",
          "$:4:16: the member \"value\" is null; give it a value or leave the instance out" },
        { "", "http://x/", "{ list: [1, 2], max: 1 }",
          "$:4:27: source \"a\" has more than 1 instances; raise \"max\" of its for_each, or list "
          "fewer" },
        { "", "http://x/", "{ max: 0, list: [] }",
          "$:4:22: \"max\" must be from 1 to 1000000, but it is \"0\"" },
        { "", "http://x/", "{}",
          "$:4:5: \"for_each\" of source \"a\" needs one of \"list\", \"file\" and \"source\", or "
          "a "
          "list itself" },
        { "", "http://x/", "{ list: [], source: b }",
          "$:4:5: \"list\", \"file\" and \"source\" of \"for_each\" exclude each other in source "
          "\"a\"; keep one of them" },
        { "", "http://x/", "{ list: 5 }",
          "$:4:23: \"list\" must be a list of values or of mappings, but it is a single value" },
        { "", "http://x/", "{ file: nothing.csv }",
          "$:4:23: the file \"nothing.csv\" of for_each cannot be read: No such file or directory; "
          "create it or correct the path" },
        { "", "http://x/", "{ list: [{ r: 1 }], members: { r: .s } }",
          "$:4:24: the member \"r\" is not there: there is nothing at .s" },
        { "", "http://x/", "{ list: [], members: { r: 'length' } }",
          "$:4:27: the member \"r\" needs a path such as .name" },
        { "", "http://x/", "{ source: nobody }",
          "$:4:25: there is no source \"nobody\"; correct the name or add the source" },
        { "", "http://x/", "{ source: a }",
          "$:4:25: source \"a\" would follow its own items by way of \"a\"; break the circle" },
        { "", "http://{{ r }}/", "{ source: b }",
          "$:3:10: \"url\" would let the items of another source choose the host that is asked; "
          "write scheme and host out and keep {{ }} places behind them\n"
          "$:4:25: there is no source \"b\"; correct the name or add the source" },
        { "r,s\n1,2\n3\n", "http://x/", "{ file: @, format: csv }",
          "@:3:1: this row has 1 fields where the first line names 2 columns; a field with a comma "
          "in it needs quotes" },
        { "r\n\"x\n", "http://x/", "{ file: @, format: csv }",
          "@:2:1: line 2: a quoted field has no end" },
        { "r,,s\n", "http://x/", "{ file: @, format: csv }",
          "@:1:1: a column has no name; the first line of the file names every column" },
        { "r,r\n", "http://x/", "{ file: @, format: csv }",
          "@:1:1: two columns have the same name; rename or remove one of them" },
        { "x\ny\nx\n", "http://x/", "{ file: @ }",
          "@:3:1: the instance a{value=x} stands here a second time; it was first written in line "
          "1, remove one of the two" },
        { "\xFFr\n", "http://x/", "{ file: @ }",
          "@: the file is no text in UTF-8; save it as one" },
        { "r: 1\n", "http://x/", "{ file: @, format: yaml }",
          "@:1:1: \"list\" must be a list of values or of mappings, but it is a mapping" },
        { "..\n", "http://x/{{ value }}", "{ file: @ }",
          "@:1:1: {{ value }} would climb in the path of the URL: \".\" and \"..\" cannot stand "
          "there" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO_BUF struct buf wanted = { 0 };
        write_rows(cases[i].rows);
        struct loaded loaded = load_source(cases[i].url, cases[i].for_each);
        AUTO_FREE char *words = loaded_words(&loaded);
        for (const char *c = cases[i].words; *c; c++) {
            int r = *c == '@'   ? buf_append_str(&wanted, rows_path)
                    : *c == '$' ? buf_append_str(&wanted, "f.yaml")
                                : buf_append_char(&wanted, *c);
            assert_int_equal(r, 0);
        }
        assert_int_equal(buf_append_char(&wanted, '\n'), 0);
        assert_string_equal(words, buf_str(&wanted));
        loaded_deinit(&loaded);
    }
}

static void one_mistake_in_every_row_is_told_a_few_times(void **state)
{
    (void)state;
    AUTO_BUF struct buf rows = { 0 };
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(buf_printf(&rows, "%d\n", i), 0);
    }
    write_rows(buf_str(&rows));
    struct loaded loaded = load_source("http://x/{{ town }}", "{ file: @ }");
    assert_int_equal(loaded.problems.n, 10);
    loaded_deinit(&loaded);
}

static void a_place_without_for_each_is_refused_in_a_url(void **state)
{
    (void)state;
    struct loaded loaded = load_text("sources: { a: { url: 'http://x/{{ r }}' } }\n" SINK);
    AUTO_FREE char *words = loaded_words(&loaded);
    assert_string_equal(words,
                        "f.yaml:1:22: \"url\" holds a {{ }} place, but the source \"a\" has no "
                        "\"for_each\" to fill it; add one, such as: for_each: [{ region: eu }]\n");
    loaded_deinit(&loaded);
}

static void items_of_another_source_are_told_apart_by_its_key(void **state)
{
    (void)state;
    struct loaded loaded =
        load_good("sources:\n"
                  "  b: { url: 'http://x/{{ id }}/{{ login }}', for_each: { source: a } }\n"
                  "  a: { url: 'http://x', items: '.[]', key: [.id, .owner.login] }\n" SINK);
    const struct source_settings *b = settings_find_source(loaded.settings, "b");
    assert_true(b->fans_out);
    assert_string_equal(b->for_each.source, "a");
    assert_int_equal(b->instances.n, 0);
    assert_string_equal(headers_get(&b->for_each.members, "id"), ".id");
    assert_string_equal(headers_get(&b->for_each.members, "login"), ".owner.login");
    loaded_deinit(&loaded);
}

static void sources_that_follow_each_other_in_a_circle_are_refused(void **state)
{
    (void)state;
    struct loaded loaded = load_text("sources:\n"
                                     "  a: { url: 'http://x', for_each: { source: b } }\n"
                                     "  b: { url: 'http://x', for_each: { source: c } }\n"
                                     "  c: { url: 'http://x', for_each: { source: a } }\n"
                                     "  d: { url: 'http://x', for_each: { source: a } }\n" SINK);
    AUTO_FREE char *words = loaded_words(&loaded);
    assert_string_equal(words, "f.yaml:2:45: source \"a\" would follow its own items by way of "
                               "\"b\"; break the circle\n"
                               "f.yaml:3:45: source \"b\" would follow its own items by way of "
                               "\"c\"; break the circle\n"
                               "f.yaml:4:45: source \"c\" would follow its own items by way of "
                               "\"a\"; break the circle\n");
    loaded_deinit(&loaded);
}

// Only an instance's members are its identity: not the URL they make, nor where they are listed.
static void the_request_is_the_same_wherever_its_instances_come_from(void **state)
{
    (void)state;
    struct loaded one = load_source("http://x/{{ r }}", "[{ r: x }]");
    write_rows("r\nx\n");
    struct loaded two = load_source("http://x/{{ r }}", "{ file: @, format: csv }");
    const struct source_settings *first = &one.settings->sources[0];
    const struct source_settings *second = &two.settings->sources[0];
    assert_true(hash128_eq(first->request_hash, second->request_hash));
    assert_string_equal(first->instances.v[0]->name, second->instances.v[0]->name);
    loaded_deinit(&one);
    loaded_deinit(&two);
}

#define MANY 10000

static void ten_thousand_rows_load_in_less_than_a_second(void **state)
{
    (void)state;
    AUTO_BUF struct buf rows = { 0 };
    assert_int_equal(buf_append_str(&rows, "city,latitude,longitude\n"), 0);
    for (int i = 0; i < MANY; i++) {
        assert_int_equal(buf_printf(&rows, "City %d,%d.5,-%d.25\n", i, i % 90, i % 180), 0);
    }
    write_rows(buf_str(&rows));
    clock_t before = clock();
    struct loaded loaded =
        load_source("http://x/?city={{ city }}&at={{ latitude }}", "{ file: @, format: csv }");
    double seconds = (double)(clock() - before) / CLOCKS_PER_SEC;
    (void)printf("%d rows: %.3f s\n", MANY, seconds);
    assert_int_equal(loaded.settings->sources[0].instances.n, MANY);
    assert_true(seconds < 1 * 4); // sanitizers take several times as long
    loaded_deinit(&loaded);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_of_every_form_make_instances),
        cmocka_unit_test(a_scalar_is_called_value),
        cmocka_unit_test(a_bad_list_is_told_with_its_place),
        cmocka_unit_test(one_mistake_in_every_row_is_told_a_few_times),
        cmocka_unit_test(a_place_without_for_each_is_refused_in_a_url),
        cmocka_unit_test(items_of_another_source_are_told_apart_by_its_key),
        cmocka_unit_test(sources_that_follow_each_other_in_a_circle_are_refused),
        cmocka_unit_test(the_request_is_the_same_wherever_its_instances_come_from),
        cmocka_unit_test(ten_thousand_rows_load_in_less_than_a_second),
    };
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
