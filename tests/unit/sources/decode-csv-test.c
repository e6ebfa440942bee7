// CSV by RFC 4180.

#include "tests/unit/sources/decode-cases.h"

static const struct decode_settings settings = { .format = FORMAT_CSV, .csv.header = true };

static void rows_are_named_by_the_header(void **state)
{
    (void)state;
    static const struct decode_case cases[] = {
        { NULL, LITERAL("id,name\r\n1,one\r\n2,two\r\n"), NULL,
          "[{\"id\":\"1\",\"name\":\"one\"},{\"id\":\"2\",\"name\":\"two\"}]" },
        { NULL, LITERAL("id,name\n007,\n"), NULL, "[{\"id\":\"007\",\"name\":\"\"}]" },
        { NULL, LITERAL("id\r1\r\r2"), NULL, "[{\"id\":\"1\"},{\"id\":\"2\"}]" },
        { NULL, LITERAL("\xEF\xBB\xBFid\n1"), NULL, "[{\"id\":\"1\"}]" },
        { NULL, LITERAL("id,name\n"), NULL, "[]" },
        { NULL, LITERAL(",a,\n1,2,3\n"), NULL,
          "[{\"column 1\":\"1\",\"a\":\"2\",\"column 3\":\"3\"}]" },
        { NULL, LITERAL("a,b\n 1 , 2 \n"), NULL, "[{\"a\":\" 1 \",\"b\":\" 2 \"}]" },
    };
    decode_check(&settings, cases, ARRAY_LEN(cases));
}

static void quoted_fields_hold_anything(void **state)
{
    (void)state;
    static const struct decode_case cases[] = {
        { NULL, LITERAL("\"a\",\"b,c\"\n\"1\",\"x \"\"y\"\" z\"\n"), NULL,
          "[{\"a\":\"1\",\"b,c\":\"x \\\"y\\\" z\"}]" },
        { NULL, LITERAL("a,b\n\"l1\r\nl2\",\"\"\n"), NULL, "[{\"a\":\"l1\\r\\nl2\",\"b\":\"\"}]" },
        { NULL, LITERAL("a\n\"\"\"\"\n"), NULL, "[{\"a\":\"\\\"\"}]" },
        { NULL, LITERAL("a,b\n5\" pipe,x\n"), NULL, "[{\"a\":\"5\\\" pipe\",\"b\":\"x\"}]" },
        { NULL, LITERAL("a\n\"x\""), NULL, "[{\"a\":\"x\"}]" },
    };
    decode_check(&settings, cases, ARRAY_LEN(cases));
}

static void faults_are_named_with_their_line(void **state)
{
    (void)state;
    static const struct decode_case cases[] = {
        { NULL, LITERAL("a,b\n1,2\n3\n"), "csv_fields", "line 3 has 1 fields" },
        { NULL, LITERAL("a,b\n\"1\n\n\",2\n3,4,5\n"), "csv_fields", "line 5 has 3 fields" },
        { NULL, LITERAL("a,b\n1,\"2\n3,4"), "csv_syntax", "line 2: a quoted field has no end" },
        { NULL, LITERAL("a,b\n\"1\"x,2\n"), "csv_syntax", "line 2: a quoted field is followed" },
        { NULL, LITERAL("a,b,a\n1,2,3\n"), "csv_header", "\"a\" twice" },
        { NULL, LITERAL("column 2,\n1,2\n"), "csv_header", "twice" },
        { NULL, LITERAL(""), "empty_answer", NULL },
        { NULL, LITERAL("\r\n \n"), "empty_answer", NULL },
        { NULL, LITERAL("a\n\0\n"), "binary_answer", NULL },
        { "text/csv", LITERAL("<!doctype html>\n<p>Log in"), "content_type", "HTML page" },
    };
    decode_check(&settings, cases, ARRAY_LEN(cases));
}

static void without_a_header_rows_are_arrays(void **state)
{
    (void)state;
    char delimiter[] = ";";
    const struct decode_settings set = { .format = FORMAT_CSV, .csv.delimiter = delimiter };
    static const struct decode_case cases[] = {
        { NULL, LITERAL("1;a,b\n1;c\n"), NULL, "[[\"1\",\"a,b\"],[\"1\",\"c\"]]" },
        { NULL, LITERAL(";\n"), NULL, "[[\"\",\"\"]]" },
        { NULL, LITERAL("1;2\n3\n"), "csv_fields", "line 2" },
    };
    decode_check(&set, cases, ARRAY_LEN(cases));
}

static void its_types_are_known(void **state)
{
    (void)state;
    static const struct decode_settings automatic = { .format = FORMAT_AUTO, .csv.header = true };
    static const struct decode_case cases[] = {
        { "text/csv; charset=utf-8; header=present", LITERAL("a,b\n1,2"), NULL,
          "[{\"a\":\"1\",\"b\":\"2\"}]" },
        { "text/tab-separated-values", LITERAL("a\tb\n1\t2,3"), NULL,
          "[{\"a\":\"1\",\"b\":\"2,3\"}]" },
        { "text/csv; charset=iso-8859-1", LITERAL("a\n\xE9"), NULL, "[{\"a\":\"\xC3\xA9\"}]" },
        { "text/csv", LITERAL("a\n\xE9"), "charset", "line 2" },
    };
    decode_check(&automatic, cases, ARRAY_LEN(cases));
}

static void fields_have_a_limit(void **state)
{
    (void)state;
    AUTO_FREE char *many_rows = decode_repeat("a\n", "1\n", DECODE_VALUES_MAX / 2 + 2, "");
    AUTO_FREE char *many_columns = decode_repeat("", "%zu,", DECODE_VALUES_MAX + 1, "\n");
    decode_refuses(&settings, many_rows, "answer_limit");
    decode_refuses(&settings, many_columns, "answer_limit");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_named_by_the_header),
        cmocka_unit_test(quoted_fields_hold_anything),
        cmocka_unit_test(faults_are_named_with_their_line),
        cmocka_unit_test(without_a_header_rows_are_arrays),
        cmocka_unit_test(its_types_are_known),
        cmocka_unit_test(fields_have_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
