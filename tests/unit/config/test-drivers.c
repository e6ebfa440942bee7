#include "tests/unit/config/test-drivers.h"

#include <errno.h>
#include <stddef.h>

#include "bridge/base/buf.h"
#include "bridge/base/problem.h"
#include "bridge/base/str.h"
#include "bridge/model/places.h"
#include "bridge/spi/auth.h"
#include "bridge/spi/sink.h"
#include "bridge/spi/source.h"

static const char *const methods[] = { "GET", "POST", NULL };
static const char *const versions[] = { "1.2", "1.3", NULL };

static const struct option tls_list[] = {
    { .key = "ca_file",
      .type = OPTION_FILE,
      .offset = offsetof(struct test_tls, ca_file),
      .doc = "Certificates to trust.",
      .example = "ca.pem" },
    { .key = "min_version",
      .type = OPTION_ENUM,
      .offset = offsetof(struct test_tls, min_version),
      .preset = "1.2",
      .names = versions,
      .doc = "Oldest TLS.",
      .example = "1.3" },
};
static const struct option_table tls_table = { .name = "tls",
                                               .doc = "TLS.",
                                               OPTION_TABLE_OF(struct test_tls, tls_list) };

static const struct option web_list[] = {
    { .key = "url",
      .type = OPTION_URL,
      .offset = offsetof(struct test_web, url),
      .flags = OPTION_REQUIRED | OPTION_REQUEST | OPTION_PLACES,
      .doc = "Where.",
      .example = "https://api.example.com/v1/status" },
    { .key = "method",
      .type = OPTION_ENUM,
      .offset = offsetof(struct test_web, method),
      .flags = OPTION_REQUEST,
      .preset = "GET",
      .names = methods,
      .doc = "How.",
      .example = "POST" },
    { .key = "params",
      .type = OPTION_PAIRS,
      .offset = offsetof(struct test_web, params),
      .flags = OPTION_REQUEST,
      .doc = "Query parameters.",
      .example = "{ latitude: 40.4 }" },
    { .key = "headers",
      .type = OPTION_PAIRS,
      .offset = offsetof(struct test_web, headers),
      .flags = OPTION_REQUEST | OPTION_FIELDS | OPTION_HIDDEN_VALUE,
      .doc = "Header fields.",
      .example = "{ accept: application/json }" },
    { .key = "json",
      .type = OPTION_JSON,
      .offset = offsetof(struct test_web, json),
      .flags = OPTION_REQUEST,
      .doc = "Body.",
      .example = "{ query: all }" },
    { .key = "timeout",
      .type = OPTION_DURATION,
      .offset = offsetof(struct test_web, timeout_ms),
      .preset = "7s",
      .least = 1,
      .most = 60000,
      .doc = "Time for all of it.",
      .example = "10s" },
    { .key = "max_body_size",
      .type = OPTION_SIZE,
      .offset = offsetof(struct test_web, max_body_bytes),
      .preset = "10MiB",
      .least = 1,
      .most = 1 << 30,
      .doc = "Most bytes.",
      .example = "1MiB" },
    { .key = "ok_status",
      .type = OPTION_STATUSES,
      .offset = offsetof(struct test_web, ok_status),
      .preset = "200-299",
      .doc = "Statuses with data.",
      .example = "[200, 203-206]" },
    { .key = "tls",
      .type = OPTION_TABLE,
      .offset = offsetof(struct test_web, tls),
      .flags = OPTION_REQUEST,
      .table = &tls_table,
      .doc = "TLS.",
      .example = "{ ca_file: ca.pem }" },
};
static const struct option_table web_table = { .name = "source web",
                                               .doc = "The web.",
                                               OPTION_TABLE_OF(struct test_web, web_list) };

static int check_web(const void *settings, const char **ret_key, struct problem **reterr)
{
    const struct test_web *web = settings;
    if (web->json && web->method == 0) {
        *ret_key = "json";
        return problem_set(reterr, -EINVAL, "conflict", "a GET has no body; set method: POST");
    }
    return 0;
}

static int request_web(const void *settings, struct json_object *members,
                       struct http_request *request, struct problem **reterr)
{
    const struct test_web *web = settings;
    AUTO_BUF struct buf url = { 0 };
    int r = places_fill(web->url, PLACES_URL, members, &url, reterr);
    if (r == 0) {
        request->url = buf_take(&url).data;
    }
    return r ? SOURCE_E_UNFIT : 0;
}

static const struct option probe_list[] = {
    { .key = "level",
      .type = OPTION_INT,
      .offset = offsetof(struct test_probe, level),
      .preset = "3",
      .least = -5,
      .most = 5,
      .doc = "How much.",
      .example = "1" },
    { .key = "share",
      .type = OPTION_PERCENT,
      .offset = offsetof(struct test_probe, share),
      .preset = "12.5%",
      .doc = "Which part.",
      .example = "50%" },
};
static const struct option_table probe_table = { .name = "source probe",
                                                 .doc = "A probe.",
                                                 OPTION_TABLE_OF(struct test_probe, probe_list) };

static const struct option hook_list[] = {
    { .key = "url",
      .type = OPTION_URL,
      .offset = offsetof(struct test_hook, url),
      .flags = OPTION_REQUIRED,
      .doc = "Where.",
      .example = "https://ops.example.com/hooks" },
    { .key = "secret",
      .type = OPTION_SECRET,
      .offset = offsetof(struct test_hook, secret),
      .doc = "Signs.",
      .example = "${OPS_SECRET}" },
    { .key = "headers",
      .type = OPTION_TEMPLATES,
      .offset = offsetof(struct test_hook, headers),
      .flags = OPTION_FIELDS,
      .doc = "Header fields.",
      .example = "{ x-event: \"{{ .type }}\" }" },
    { .key = "body",
      .type = OPTION_EXPR,
      .offset = offsetof(struct test_hook, body),
      .doc = "What is sent.",
      .example = ".data" },
};
static const struct option_table hook_table = { .name = "sink hook",
                                                .doc = "A hook.",
                                                OPTION_TABLE_OF(struct test_hook, hook_list) };

static int check_hook(const void *settings, const char **ret_key, struct problem **reterr)
{
    const struct test_hook *hook = settings;
    if (hook->secret.data && hook->secret.len < 16) {
        *ret_key = "secret";
        return problem_set(reterr, -EINVAL, "warning_weak_secret",
                           "the secret is short; use 24 bytes");
    }
    return 0;
}

static const struct option log_list[] = {
    { .key = "path",
      .type = OPTION_FILE,
      .offset = offsetof(struct test_log, path),
      .flags = OPTION_REQUIRED,
      .doc = "Where.",
      .example = "events.ndjson" },
};
static const struct option_table log_table = { .name = "sink log",
                                               .doc = "A log.",
                                               OPTION_TABLE_OF(struct test_log, log_list) };

static const struct option basic_list[] = {
    { .key = "username",
      .type = OPTION_STRING,
      .offset = offsetof(struct test_basic, username),
      .flags = OPTION_REQUIRED,
      .doc = "Who.",
      .example = "me" },
    { .key = "password",
      .type = OPTION_SECRET,
      .offset = offsetof(struct test_basic, password),
      .flags = OPTION_REQUIRED,
      .doc = "Proof.",
      .example = "${PASSWORD}" },
};
static const struct option_table basic_table = { .name = "auth basic",
                                                 .doc = "Name and password.",
                                                 OPTION_TABLE_OF(struct test_basic, basic_list) };

static const struct option login_list[] = {
    { .key = "url",
      .type = OPTION_URL,
      .offset = offsetof(struct test_login, url),
      .flags = OPTION_REQUIRED,
      .doc = "Where.",
      .example = "https://api.example.com/login" },
    { .key = "json",
      .type = OPTION_JSON,
      .offset = offsetof(struct test_login, json),
      .flags = OPTION_HIDDEN_VALUE,
      .doc = "Credentials.",
      .example = "{ user: me }" },
    { .key = "token",
      .type = OPTION_EXPR,
      .offset = offsetof(struct test_login, token),
      .preset = ".token",
      .doc = "The token.",
      .example = ".access_token" },
    { .key = "paths",
      .type = OPTION_EXPRS,
      .offset = offsetof(struct test_login, paths),
      .doc = "Paths.",
      .example = "[.a, .b]" },
    { .key = "eager",
      .type = OPTION_BOOL,
      .offset = offsetof(struct test_login, eager),
      .preset = "true",
      .doc = "At once.",
      .example = "false" },
};
static const struct option_table login_table = { .name = "auth login",
                                                 .doc = "A login.",
                                                 OPTION_TABLE_OF(struct test_login, login_list) };

static const struct source_driver web = {
    .name = "web",
    .doc = "Polls the web.",
    .options = &web_table,
    .check = check_web,
    .request = request_web,
};
static const struct source_driver probe = { .name = "probe",
                                            .doc = "Polls a probe.",
                                            .options = &probe_table };
static const struct sink_driver hook = {
    .name = "hook", .doc = "Posts.", .options = &hook_table, .check = check_hook
};
static const struct sink_driver log_sink = { .name = "log",
                                             .doc = "Appends.",
                                             .options = &log_table };
static const struct auth_driver basic = { .name = "basic",
                                          .doc = "Name and password.",
                                          .options = &basic_table };
static const struct auth_driver login = { .name = "login",
                                          .doc = "Logs in.",
                                          .options = &login_table };

const struct drivers test_drivers = {
    .sources = (const struct source_driver *const[]){ &web, &probe, NULL },
    .sinks = (const struct sink_driver *const[]){ &hook, &log_sink, NULL },
    .auths = (const struct auth_driver *const[]){ &basic, &login, NULL },
};
