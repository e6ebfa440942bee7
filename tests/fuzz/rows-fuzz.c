// Any file of `for_each` becomes instances with names of their own, or problems in words. The first
// byte says how the rest is read.

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bridge/base/problem.h"
#include "bridge/base/str.h"
#include "bridge/model/instance.h"
#include "bridge/spi/settings.h"
#include "config/config.h"
#include "sinks/ndjson.h"
#include "sources/http.h"
#include "tests/fuzz/fuzz.h"

static const struct drivers drivers = {
    .sources = (const struct source_driver *const[]){ &source_http, NULL },
    .sinks = (const struct sink_driver *const[]){ &sink_stdout, NULL },
    .auths = (const struct auth_driver *const[]){ NULL },
};

static const char *const readings[] = {
    "format: lines",
    "format: csv",
    "format: yaml",
    "format: csv, members: { r: .r }",
    "format: yaml, members: { r: .r, s: .s.t }, max: 3",
};

static int file_of(const uint8_t *data, size_t size)
{
    int fd = memfd_create("rows", MFD_CLOEXEC);
    assert(fd >= 0);
    ssize_t written = size > 0 ? write(fd, data, size) : 0;
    assert(written == (ssize_t)size);
    return fd;
}

static int load(struct settings **ret, int fd, const char *reading, struct problems *problems)
{
    char text[400];
    int len = snprintf(text, sizeof(text),
                       "sources:\n"
                       "  s:\n"
                       "    url: \"http://api.example.com/{{ r }}\"\n"
                       "    for_each: { file: /proc/self/fd/%d, %s }\n"
                       "sinks: { o: { type: stdout } }\n",
                       fd, reading);
    const struct config_input input = {
        .file = "fuzz.yaml",
        .text = text,
        .text_len = (size_t)len,
        .drivers = &drivers,
    };
    return config_load(ret, &input, problems);
}

static void expect_words(const struct problems *problems)
{
    for (size_t i = 0; i < problems->n; i++) {
        const struct problem *problem = problems->v[i];
        assert(!str_is_empty(problem->code) && !str_is_empty(problem->message));
        assert(str_is_utf8(problem->message, strlen(problem->message), NULL));
        assert(!strchr(problem->message, '\n'));
    }
}

static void expect_instances(const struct settings *settings)
{
    const struct source_settings *source = settings_find_source(settings, "s");
    assert(source);
    for (size_t i = 0; i < source->instances.n; i++) {
        const char *name = source->instances.v[i]->name;
        assert(str_starts(name, "s{") && str_ends(name, "}"));
        assert(str_is_utf8(name, strlen(name), NULL));
        assert(i == 0 || strcmp(source->instances.v[i - 1]->name, name) < 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    struct settings *settings = NULL;
    struct problems problems = { 0 };
    int fd = file_of(data + 1, size - 1);
    int r = load(&settings, fd, readings[data[0] % ARRAY_LEN(readings)], &problems);
    assert(r == 0 || r == -EINVAL);
    assert((r == 0) == (settings != NULL));
    assert(r == 0 || problems.n > 0);
    expect_words(&problems);
    problems_deinit(&problems);
    if (settings) {
        expect_instances(settings);
        (void)settings_unref(settings);
    }
    (void)close(fd);
    return 0;
}
