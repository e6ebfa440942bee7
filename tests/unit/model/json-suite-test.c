// The public cases of "Parsing JSON is a minefield": what must be read, what must be refused, and
// what this reader does where RFC 8259 leaves the choice.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bridge/base/buf.h"
#include "bridge/base/problem.h"
#include "bridge/base/str.h"
#include "bridge/model/json.h"

#define EXIT_SKIPPED 77

static const char *archive_folder;
static char folder[] = "/tmp/json-suite-XXXXXX"; // the unpacked cases

static void run(char *const args[])
{
    char *const env[] = { NULL };
    pid_t child;
    int status;
    assert_int_equal(posix_spawn(&child, args[0], NULL, NULL, args, env), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static int unpack(void **state)
{
    char python[] = "/usr/bin/python3", option[] = "-m", module[] = "tarfile", act[] = "-e";
    AUTO_FREE char *archive =
        str_printf("%s/suites/json-parsing-nst/JSONTestSuite.tar.xz", archive_folder);
    (void)state;
    assert_non_null(archive);
    assert_non_null(mkdtemp(folder));
    run((char *const[]){ python, option, module, act, archive, folder, NULL });
    return 0;
}

static int clean_up(void **state)
{
    char rm[] = "/bin/rm", option[] = "-rf";
    (void)state;
    run((char *const[]){ rm, option, folder, NULL });
    return 0;
}

static struct bytes load(const char *part, const char *name)
{
    AUTO_FREE char *path = str_printf("%s/%s/%s", folder, part, name);
    AUTO_BUF struct buf buf = { 0 };
    char chunk[65536];
    ssize_t n;
    assert_non_null(path);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    while ((n = read(fd, chunk, sizeof(chunk))) > 0) {
        assert_int_equal(buf_append(&buf, chunk, (size_t)n), 0);
    }
    assert_int_equal(n, 0);
    (void)close(fd);
    return buf_take(&buf);
}

// What was read must also be written so that it is read as the same value again.
static void expect_round_trip(struct json_object *value, const char *name)
{
    AUTO_BUF struct buf text = { 0 };
    AUTO_JSON struct json_object *again = NULL;
    assert_int_equal(json_write(&text, value), 0);
    if (json_read(&again, buf_str(&text), text.len, NULL, NULL) != 0 || !json_equal(value, again)) {
        fail_msg("%s: %s", name, buf_str(&text));
    }
}

static int read_case(const char *part, const char *name, struct problem **reterr)
{
    AUTO_BYTES struct bytes text = load(part, name);
    AUTO_JSON struct json_object *value = NULL;
    // A copy without the NUL behind it: a read past the end is seen by the address sanitizer.
    AUTO_FREE char *exact = malloc(text.len ? text.len : 1);
    assert_non_null(exact);
    memcpy(exact, text.data ? text.data : "", text.len);
    int r = json_read(&value, exact, text.len, NULL, reterr);
    if (r == 0) {
        expect_round_trip(value, name);
    } else {
        assert_null(value);
    }
    return r;
}

struct verdict {
    const char *name; // without ".json"
    int result;
};

// Good texts by RFC 8259 that RFC 7493 (I-JSON) advises against: there is no telling what they
// mean.
static const struct verdict refused[] = {
    { "y_object_duplicated_key", JSON_E_DUPLICATE },
    { "y_object_duplicated_key_and_value", JSON_E_DUPLICATE },
    { "y_object_escaped_null_in_key", JSON_E_SYNTAX },
};

// The cases the suite leaves to the implementation, and what this one does.
static const struct verdict chosen[] = {
    // Numbers of any size and precision are kept as text, up to an exponent of 18 digits.
    { "i_number_double_huge_neg_exp", 0 },
    { "i_number_huge_exp", JSON_E_LIMIT },
    { "i_number_neg_int_huge_exp", 0 },
    { "i_number_pos_double_huge_exp", 0 },
    { "i_number_real_neg_overflow", 0 },
    { "i_number_real_pos_overflow", 0 },
    { "i_number_real_underflow", 0 },
    { "i_number_too_big_neg_int", 0 },
    { "i_number_too_big_pos_int", 0 },
    { "i_number_very_big_negative_int", 0 },
    // A lone half of a surrogate pair, escaped, becomes U+FFFD.
    { "i_object_key_lone_2nd_surrogate", 0 },
    { "i_string_1st_surrogate_but_2nd_missing", 0 },
    { "i_string_1st_valid_surrogate_2nd_invalid", 0 },
    { "i_string_incomplete_surrogate_and_escape_valid", 0 },
    { "i_string_incomplete_surrogate_pair", 0 },
    { "i_string_incomplete_surrogates_escape_valid", 0 },
    { "i_string_invalid_lonely_surrogate", 0 },
    { "i_string_invalid_surrogate", 0 },
    { "i_string_inverted_surrogates_U+1D11E", 0 },
    { "i_string_lone_second_surrogate", 0 },
    // Bytes that are no UTF-8 are refused, and so are other encodings.
    { "i_string_UTF-16LE_with_BOM", JSON_E_SYNTAX },
    { "i_string_UTF-8_invalid_sequence", JSON_E_SYNTAX },
    { "i_string_UTF8_surrogate_U+D800", JSON_E_SYNTAX },
    { "i_string_invalid_utf-8", JSON_E_SYNTAX },
    { "i_string_iso_latin_1", JSON_E_SYNTAX },
    { "i_string_lone_utf8_continuation_byte", JSON_E_SYNTAX },
    { "i_string_not_in_unicode_range", JSON_E_SYNTAX },
    { "i_string_overlong_sequence_2_bytes", JSON_E_SYNTAX },
    { "i_string_overlong_sequence_6_bytes", JSON_E_SYNTAX },
    { "i_string_overlong_sequence_6_bytes_null", JSON_E_SYNTAX },
    { "i_string_truncated-utf-8", JSON_E_SYNTAX },
    { "i_string_utf16BE_no_BOM", JSON_E_SYNTAX },
    { "i_string_utf16LE_no_BOM", JSON_E_SYNTAX },
    { "i_structure_500_nested_arrays", JSON_E_LIMIT },
    { "i_structure_UTF-8_BOM_empty_object", 0 }, // the mark is skipped
};

static int find_verdict(const struct verdict *v, size_t n, const char *file, int otherwise)
{
    for (size_t i = 0; i < n; i++) {
        size_t len = strlen(v[i].name);
        if (strncmp(v[i].name, file, len) == 0 && str_eq(file + len, ".json")) {
            return v[i].result;
        }
    }
    return otherwise;
}

// The verdict of every case whose name begins with that letter; how many there are.
static size_t read_cases(char letter, int (*expected)(const char *file, int got))
{
    size_t n = 0;
    AUTO_FREE char *path = str_printf("%s/test_parsing", folder);
    assert_non_null(path);
    DIR *cases = opendir(path);
    assert_non_null(cases);
    for (struct dirent *entry; (entry = readdir(cases));) {
        if (entry->d_name[0] != letter || entry->d_name[1] != '_') {
            continue;
        }
        CLEANUP(problem_freep) struct problem *why = NULL;
        int r = read_case("test_parsing", entry->d_name, &why);
        if (r != expected(entry->d_name, r)) {
            fail_msg("%s: %d, %s", entry->d_name, r, why ? why->message : "accepted");
        }
        assert_int_equal(why == NULL, r == 0);
        n++;
    }
    (void)closedir(cases);
    return n;
}

static int of_good(const char *file, int got)
{
    (void)got;
    return find_verdict(refused, ARRAY_LEN(refused), file, 0);
}

static int of_bad(const char *file, int got)
{
    (void)file;
    return got == JSON_E_LIMIT ? JSON_E_LIMIT : JSON_E_SYNTAX; // 100,000 brackets are too deep
}

static int of_open(const char *file, int got)
{
    (void)got;
    return find_verdict(chosen, ARRAY_LEN(chosen), file, -1);
}

static void every_good_text_is_read_but_what_i_json_refuses(void **state)
{
    (void)state;
    assert_int_equal(read_cases('y', of_good), 95);
}

static void every_bad_text_is_refused_in_words(void **state)
{
    (void)state;
    assert_int_equal(read_cases('n', of_bad), 188);
}

static void what_the_suite_leaves_open_is_decided(void **state)
{
    (void)state;
    assert_int_equal(read_cases('i', of_open), ARRAY_LEN(chosen));
}

static void expect_kept(const char *name, const char *wanted)
{
    AUTO_BYTES struct bytes text = load("test_transform", name);
    AUTO_JSON struct json_object *value = NULL;
    AUTO_BUF struct buf out = { 0 };
    if (json_read(&value, text.data, text.len, NULL, NULL) != 0) {
        fail_msg("%s is refused", name);
    }
    assert_int_equal(json_write(&out, value), 0);
    assert_string_equal(buf_str(&out), wanted);
}

static void numbers_and_strings_come_back_as_they_were(void **state)
{
    (void)state;
    expect_kept("number_-9223372036854775808.json", "[-9223372036854775808]");
    expect_kept("number_-9223372036854775809.json", "[-9223372036854775809]");
    expect_kept("number_1.0.json", "[1.0]");
    expect_kept("number_1.000000000000000005.json", "[1.000000000000000005]");
    expect_kept("number_10000000000000000999.json", "[10000000000000000999]");
    expect_kept("number_1e-999.json", "[1E-999]");
    expect_kept("number_9223372036854775808.json", "[9223372036854775808]");
    expect_kept("object_key_nfc_nfd.json", "{\"\u00e9\":\"NFC\",\"e\u0301\":\"NFD\"}");
    expect_kept("string_1_escaped_invalid_codepoint.json", "[\"\uFFFD\"]");
    expect_kept("string_3_escaped_invalid_codepoints.json", "[\"\uFFFD\uFFFD\uFFFD\"]");
    expect_kept("string_with_escaped_NULL.json", "[\"A\\u0000B\"]");
}

static void a_name_that_stands_twice_is_refused(void **state)
{
    (void)state;
    assert_int_equal(read_case("test_transform", "object_same_key_different_values.json", NULL),
                     JSON_E_DUPLICATE);
    assert_int_equal(read_case("test_transform", "object_same_key_same_value.json", NULL),
                     JSON_E_DUPLICATE);
    assert_int_equal(read_case("test_transform", "object_same_key_unclear_values.json", NULL),
                     JSON_E_DUPLICATE);
}

int main(void)
{
    char *corpus = getenv("POLLBRIDGE_CORPUS");
    if (str_is_empty(corpus)) {
        (void)puts("SKIP: POLLBRIDGE_CORPUS does not name the folder of recorded answers");
        return EXIT_SKIPPED;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_good_text_is_read_but_what_i_json_refuses),
        cmocka_unit_test(every_bad_text_is_refused_in_words),
        cmocka_unit_test(what_the_suite_leaves_open_is_decided),
        cmocka_unit_test(numbers_and_strings_come_back_as_they_were),
        cmocka_unit_test(a_name_that_stands_twice_is_refused),
    };
    archive_folder = corpus;
    return cmocka_run_group_tests(tests, unpack, clean_up);
}
