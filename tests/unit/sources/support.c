#include "tests/unit/sources/support.h"

#include <stdlib.h>
#include <string.h>

#include "bridge/base/buf.h"
#include "bridge/base/str.h"
#include "config/config.h"
#include "sinks/ndjson.h"
#include "sources/auth/api-key.h"
#include "sources/auth/basic.h"
#include "sources/auth/bearer.h"
#include "sources/auth/login.h"
#include "sources/auth/oauth2.h"
#include "sources/http.h"

static const struct source_driver *const source_drivers[] = { &source_http, NULL };
static const struct auth_driver *const auth_drivers[] = { &auth_basic, &auth_bearer, &auth_api_key,
                                                          &auth_login, &auth_oauth2, NULL };
static const struct sink_driver *const sink_drivers[] = { &sink_stdout, NULL };
static const struct drivers drivers = {
    .sources = source_drivers,
    .sinks = sink_drivers,
    .auths = auth_drivers,
};

// What stands above the first key; the same number of lines in both cases.
#define HEAD_LINES 4
#define SINKS      "sinks: { out: { type: stdout } }\n"
static const char source_head[] = SINKS "sources:\n"
                                        "  it:\n"
                                        "    url: https://api.example.com/v1/it\n";
static const char auth_head[] =
    SINKS "sources: { it: { url: https://api.example.com/v1/it, auth: me } }\n"
          "auth:\n"
          "  me:\n";

static char *make_yaml(const char *head, const char *keys)
{
    struct buf yaml = { 0 };
    assert_int_equal(buf_append_str(&yaml, head), 0);
    while (*keys) {
        size_t len = strcspn(keys, "\n");
        assert_int_equal(buf_append_str(&yaml, "    "), 0);
        assert_int_equal(buf_append(&yaml, keys, len), 0);
        assert_int_equal(buf_append_char(&yaml, '\n'), 0);
        keys += len + (keys[len] == '\n' ? 1 : 0);
    }
    return buf_take(&yaml).data;
}

static struct settings *load(const char *yaml, struct problems *problems)
{
    struct settings *settings = NULL;
    struct config_input input = {
        .file = "it.yaml",
        .text = yaml,
        .text_len = strlen(yaml),
        .drivers = &drivers,
    };
    int r = config_load(&settings, &input, problems);
    assert_true((r == 0) == (settings != NULL));
    return settings;
}

static struct settings *load_good(const char *head, const char *keys)
{
    CLEANUP(problems_deinit) struct problems problems = { 0 };
    AUTO_FREE char *yaml = make_yaml(head, keys);
    struct settings *settings = load(yaml, &problems);
    for (size_t i = 0; i < problems.n; i++) {
        fail_msg("%s: %s", keys, problems.v[i]->message);
    }
    assert_non_null(settings);
    return settings;
}

static char *load_bad(const char *head, const char *keys)
{
    CLEANUP(problems_deinit) struct problems problems = { 0 };
    AUTO_FREE char *yaml = make_yaml(head, keys);
    struct settings AUTO_SETTINGS *settings = load(yaml, &problems);
    AUTO_BUF struct buf words = { 0 };
    assert_true((settings == NULL) == (problems.n > 0));
    for (size_t i = 0; i < problems.n; i++) {
        const struct problem *problem = problems.v[i];
        assert_int_equal(buf_printf(&words, "%s%s %d: %s", i ? "\n" : "", problem->code,
                                    (int)problem->line - HEAD_LINES, problem->message),
                         0);
    }
    return strdup(buf_str(&words));
}

struct settings *support_source(const char *keys)
{
    return load_good(source_head, keys);
}

struct settings *support_auth(const char *keys)
{
    return load_good(auth_head, keys);
}

char *support_source_refusal(const char *keys)
{
    return load_bad(source_head, keys);
}

char *support_auth_refusal(const char *keys)
{
    return load_bad(auth_head, keys);
}

struct http_request support_request(const struct settings *settings)
{
    struct http_request request = { 0 };
    const struct source_settings *source = &settings->sources[0];
    assert_int_equal(source->driver->request(source->driver_settings, NULL, &request, NULL), 0);
    return request;
}

struct http_request support_login(const struct settings *settings)
{
    struct http_request request = { 0 };
    const struct auth_settings *auth = &settings->auths[0];
    assert_int_equal(auth->driver->token_request(auth->driver_settings, NULL, &request), 0);
    return request;
}

struct http_request support_apply(const struct settings *settings, const struct token *token)
{
    struct http_request request = { 0 };
    const struct auth_settings *auth = &settings->auths[0];
    assert_int_equal(auth->driver->apply(auth->driver_settings, token, &request), 0);
    assert_int_equal(request.headers.n, 0); // where it would be shown
    return request;
}

struct http_response support_answer_bytes(const char *content_type, const char *body, size_t len)
{
    struct http_response response = { .status = 200 };
    if (content_type) {
        assert_int_equal(headers_add(&response.headers, "content-type", content_type), 0);
    }
    assert_int_equal(bytes_dup(&response.body, body, len), 0);
    return response;
}

struct http_response support_answer(int status, const char *content_type, const char *body)
{
    struct http_response response = support_answer_bytes(content_type, body, strlen(body));
    response.status = status;
    return response;
}

const char *support_shown(const struct http_request *request, const char *name)
{
    return headers_get(&request->headers, name);
}

const char *support_hidden(const struct http_request *request, const char *name)
{
    return headers_get(&request->secret_headers, name);
}
