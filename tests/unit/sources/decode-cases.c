#include "tests/unit/sources/decode-cases.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <json-c/json.h>

#include "bridge/base/str.h"

#define SECONDS_MAX 30 // under sanitizers, on a busy machine

static struct http_response response_of(const char *content_type, const char *body, size_t len)
{
    struct http_response response = { .status = 200 };
    if (content_type) {
        assert_int_equal(headers_add(&response.headers, "content-type", content_type), 0);
    }
    assert_int_equal(bytes_dup(&response.body, body, len), 0);
    return response;
}

static void check_case(const struct decode_settings *settings, const struct decode_case *it)
{
    CLEANUP(http_response_deinit)
    struct http_response response = response_of(it->content_type, it->body, it->len);
    CLEANUP(problem_freep) struct problem *why = NULL;
    AUTO_JSON struct json_object *value = NULL;
    AUTO_BUF struct buf text = { 0 };
    int r = decode_answer(&response, settings, &value, &why);
    if (r != (it->code ? SOURCE_E_BAD_ANSWER : 0) || !str_eq(why ? why->code : NULL, it->code)) {
        fail_msg("%s, %s: %d, %s: %s", it->content_type ? it->content_type : "no type", it->body, r,
                 why ? why->code : "no code", why ? why->message : "no words");
    }
    if (r) {
        assert_null(value);
        assert_true(str_is_utf8(why->message, strlen(why->message), NULL));
        if (it->words && !strstr(why->message, it->words)) {
            fail_msg("%s: \"%s\" lacks \"%s\"", it->body, why->message, it->words);
        }
        return;
    }
    assert_int_equal(json_write(&text, value), 0);
    if (it->words && !str_eq(buf_str(&text), it->words)) {
        fail_msg("%s:\n%s\n%s was expected", it->body, buf_str(&text), it->words);
    }
}

void decode_check(const struct decode_settings *settings, const struct decode_case *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        check_case(settings, &cases[i]);
    }
}

struct json_object *decoded_value(const struct decode_settings *settings, const char *content_type,
                                  const char *body, size_t len)
{
    CLEANUP(http_response_deinit)
    struct http_response response = response_of(content_type, body, len);
    CLEANUP(problem_freep) struct problem *why = NULL;
    struct json_object *value = NULL;
    if (decode_answer(&response, settings, &value, &why) != 0) {
        fail_msg("%s: %s", why ? why->code : "no code", why ? why->message : "no words");
    }
    return value;
}

char *decoded_text(const struct decode_settings *settings, const char *content_type,
                   const char *body, size_t len)
{
    AUTO_JSON struct json_object *value = decoded_value(settings, content_type, body, len);
    struct buf text = { 0 };
    assert_int_equal(json_write(&text, value), 0);
    return buf_take(&text).data;
}

char *decode_repeat(const char *before, const char *unit, size_t n, const char *after)
{
    struct buf text = { 0 };
    assert_int_equal(buf_append_str(&text, before), 0);
    for (size_t i = 0; i < n; i++) {
        // `%zu` in the unit makes every one different.
        const char *mark = strstr(unit, "%zu");
        size_t head = mark ? (size_t)(mark - unit) : strlen(unit);
        assert_int_equal(buf_append(&text, unit, head), 0);
        if (mark) {
            assert_int_equal(buf_printf(&text, "%zu%s", i, mark + strlen("%zu")), 0);
        }
    }
    assert_int_equal(buf_append_str(&text, after), 0);
    return buf_take(&text).data;
}

void decode_refuses(const struct decode_settings *settings, const char *body, const char *code)
{
    CLEANUP(http_response_deinit)
    struct http_response response = response_of(NULL, body, strlen(body));
    CLEANUP(problem_freep) struct problem *why = NULL;
    AUTO_JSON struct json_object *value = NULL;
    struct timespec start;
    struct timespec end;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
    int r = decode_answer(&response, settings, &value, &why);
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
    if (r != SOURCE_E_BAD_ANSWER || !str_eq(why ? why->code : NULL, code)) {
        fail_msg("%.40s…: %d, %s: %s", body, r, why ? why->code : "no code",
                 why ? why->message : "no words");
    }
    assert_true(end.tv_sec - start.tv_sec < SECONDS_MAX);
}

struct bytes decode_recorded(const char *path)
{
    const char *folder = getenv("POLLBRIDGE_CORPUS");
    struct buf content = { 0 };
    char chunk[65536];
    size_t n;
    if (str_is_empty(folder)) {
        print_message("POLLBRIDGE_CORPUS is not set, so %s is not read\n", path);
        skip();
    }
    AUTO_FREE char *full = str_printf("%s/%s", folder, path);
    assert_non_null(full);
    FILE *file = fopen(full, "rb");
    assert_non_null(file);
    while ((n = fread(chunk, 1, sizeof(chunk), file)) > 0) {
        assert_int_equal(buf_append(&content, chunk, n), 0);
    }
    (void)fclose(file);
    return buf_take(&content);
}
