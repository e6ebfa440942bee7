#include "tests/unit/config/load-text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bridge/base/buf.h"
#include "bridge/base/problem.h"
#include "bridge/base/str.h"
#include "bridge/spi/settings.h"
#include "tests/unit/config/test-drivers.h"

static const char *const environment[][2] = {
    { "USER_NAME", "ada" },
    { "EMPTY", "" },
    { "PASSWORD", "s3cret pass/word" },
    { "TOKEN", "token-123456789" },
    { "NUMBER", "42" },
    { "SLOW", "90s" },
    { "BAD_UTF8", "\xFF\xFE" },
    { "HOST", "api.example.com" },
};

static const char *get_variable(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(environment); i++) {
        if (str_eq(environment[i][0], name)) {
            return environment[i][1];
        }
    }
    return NULL;
}

static struct loaded load_input(const char *file, const char *text, size_t len)
{
    struct loaded loaded = { 0 };
    struct config_input input = {
        .file = file,
        .text = text,
        .text_len = len,
        .drivers = &test_drivers,
        .getenv = get_variable,
    };
    loaded.result = config_load(&loaded.settings, &input, &loaded.problems);
    return loaded;
}

struct loaded load_bytes(const char *text, size_t len)
{
    return load_input("f.yaml", text, len);
}

struct loaded load_text(const char *text)
{
    return load_bytes(text, strlen(text));
}

struct loaded load_text_as(const char *file, const char *text)
{
    return load_input(file, text, strlen(text));
}

void loaded_deinit(struct loaded *loaded)
{
    loaded->settings = settings_unref(loaded->settings);
    problems_deinit(&loaded->problems);
}

char *loaded_words(const struct loaded *loaded)
{
    struct buf buf = { 0 };
    assert_int_equal(buf_append_str(&buf, ""), 0);
    for (size_t i = 0; i < loaded->problems.n; i++) {
        char *line = problem_format(loaded->problems.v[i]);
        assert_non_null(line);
        assert_int_equal(buf_printf(&buf, "%s\n", line), 0);
        free(line);
    }
    struct bytes bytes = buf_take(&buf);
    return bytes.data ? bytes.data : strdup("");
}

struct loaded load_good(const char *text)
{
    struct loaded loaded = load_text(text);
    char *words = loaded_words(&loaded);
    assert_string_equal(words, "");
    free(words);
    assert_int_equal(loaded.result, 0);
    assert_non_null(loaded.settings);
    return loaded;
}
