// Any file becomes settings or problems in words, each at a place that the file has.

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "bridge/base/problem.h"
#include "bridge/base/str.h"
#include "bridge/spi/settings.h"
#include "config/config.h"
#include "sinks/broker.h"
#include "sinks/ndjson.h"
#include "sinks/webhook.h"
#include "sources/auth/api-key.h"
#include "sources/auth/basic.h"
#include "sources/auth/bearer.h"
#include "sources/auth/login.h"
#include "sources/http.h"
#include "tests/fuzz/fuzz.h"

static const struct drivers drivers = {
    .sources = (const struct source_driver *const[]){ &source_http, NULL },
    .sinks = (const struct sink_driver *const[]){ &sink_webhook, &sink_file, &sink_stdout,
                                                  &sink_nats, &sink_mqtt, NULL },
    .auths = (const struct auth_driver *const[]){ &auth_basic, &auth_bearer, &auth_api_key,
                                                  &auth_login, NULL },
};

// libjq 1.6 leaks a few bytes for every mistake within a string's \( … ). Nothing here holds a value
// of its.
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libjq.so";
}

static const char *get_variable(const char *name)
{
    static const struct {
        const char *name, *value;
    } variables[] = {
        { "URL", "http://api.example.com" },
        { "SECRET", "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz" },
        { "TIME", "5m" },
        { "EMPTY", "" },
        { "BAD", "\xff${SECRET}\n" },
    };
    for (size_t i = 0; i < ARRAY_LEN(variables); i++) {
        if (str_eq(name, variables[i].name)) {
            return variables[i].value;
        }
    }
    return NULL;
}

// Lines as YAML counts them, which knows more line ends than \n.
static unsigned count_lines(const char *text, size_t len)
{
    unsigned lines = 1;
    for (size_t i = 0; i < len; i++) {
        bool unicode = i + 1 < len && (memcmp(text + i, "\xc2\x85", 2) == 0 ||
                                       (i + 2 < len && memcmp(text + i, "\xe2\x80\xa8", 3) == 0) ||
                                       (i + 2 < len && memcmp(text + i, "\xe2\x80\xa9", 3) == 0));
        lines += text[i] == '\n' || text[i] == '\r' || unicode;
    }
    return lines;
}

static void expect_words(const struct problems *problems, unsigned lines)
{
    for (size_t i = 0; i < problems->n; i++) {
        const struct problem *problem = problems->v[i];
        assert(!str_is_empty(problem->code) && !str_is_empty(problem->message));
        assert(str_is_utf8(problem->message, strlen(problem->message), NULL));
        assert(!strchr(problem->message, '\n'));
        assert(problem->line <= lines + 1); // the end may be told as the line after the last
        assert(i == 0 || problem->line == 0 || problems->v[i - 1]->line <= problem->line);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct config_input input = {
        .file = "fuzz.yaml",
        .text = (const char *)data,
        .text_len = size,
        .drivers = &drivers,
        .getenv = get_variable,
    };
    struct settings *settings = NULL;
    struct problems problems = { 0 };
    int r = config_load(&settings, &input, &problems);
    assert(r == 0 || r == -EINVAL);
    assert((r == 0) == (settings != NULL));
    assert(r == 0 || problems.n > 0);
    assert(!settings || settings->source_count > 0);
    expect_words(&problems, count_lines((const char *)data, size));
    problems_deinit(&problems);
    if (settings) {
        (void)settings_unref(settings);
    }
    return 0;
}
