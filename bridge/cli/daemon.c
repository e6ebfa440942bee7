#include "bridge/cli/daemon.h"

#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "bridge/api/listen-address.h"
#include "bridge/base/problem.h"
#include "bridge/base/str.h"
#include "bridge/model/http.h"
#include "bridge/model/json.h"
#include "bridge/net/http.h"
#include "bridge/spi/settings.h"

#define ANSWER_BYTES_MAX ((uint64_t)16 * 1024 * 1024)

struct question {
    struct event_base *base;
    const char *url;
    bool *is_down; // NULL: it is told in words
    struct json_object *answer;
    enum exit_code code;
};

struct what {
    const char *method;
    const char *path;
    bool *is_down;            // as in struct question
    struct json_object *body; // NULL: none
};

// ---- where it listens ----

// Every address means also the loopback, which is where we are.
static void prefer_loopback(struct listen_address *address)
{
    if (address->at.any.sa_family == AF_INET && address->at.v4.sin_addr.s_addr == INADDR_ANY) {
        address->at.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    } else if (address->at.any.sa_family == AF_INET6 &&
               IN6_IS_ADDR_UNSPECIFIED(&address->at.v6.sin6_addr)) {
        address->at.v6.sin6_addr = in6addr_loopback;
    }
}

static enum exit_code find_url(const struct settings *settings, bool *is_down, char **ret)
{
    struct listen_address address;
    char text[LISTEN_ADDRESS_TEXT_SIZE];

    if (str_eq(settings->server.listen, "off") ||
        listen_address_parse(&address, settings->server.listen, NULL) != 0) {
        if (is_down) {
            *is_down = true;
            return EXIT_NO;
        }
        (void)fprintf(stderr, "pollbridge: the daemon of this configuration listens nowhere; set "
                              "server.listen\n");
        return EXIT_NO;
    }
    prefer_loopback(&address);
    listen_address_format(&address, text);
    *ret = str_printf("http://%s", text);
    return *ret ? EXIT_OK : EXIT_TROUBLE;
}

// The one that may do most.
static const char *widest_token(const struct settings *settings)
{
    const struct token_settings *widest = NULL;

    if (settings->server.token.len > 0) {
        return settings->server.token.data;
    }
    for (size_t i = 0; i < settings->token_count; i++) {
        if (!widest || settings->tokens[i].scope > widest->scope) {
            widest = &settings->tokens[i];
        }
    }
    return widest ? widest->token.data : NULL;
}

// ---- the question ----

static void tell_refusal(struct question *question, int status)
{
    struct json_object *detail = NULL;
    const char *words = json_object_object_get_ex(question->answer, "detail", &detail)
                            ? json_object_get_string(detail)
                            : NULL;

    (void)fprintf(stderr, "pollbridge: %s answers %d%s%s\n", question->url, status,
                  words ? ": " : "", words ? words : "");
    question->code = EXIT_NO;
}

static void tell_silence(struct question *question, const struct http_response *response)
{
    if (question->is_down && response->error == HTTP_CONNECTION_REFUSED) {
        *question->is_down = true;
    } else {
        (void)fprintf(
            stderr, "pollbridge: no answer from %s: %s; does the daemon run?\n", question->url,
            response->error_text ? response->error_text : http_error_code(response->error));
    }
    question->code = EXIT_NO;
}

static void on_answer(struct http_response *response, void *userdata)
{
    struct question *question = userdata;

    question->code = EXIT_OK;
    if (response->error != HTTP_NO_ERROR) {
        tell_silence(question, response);
    } else if (json_read(&question->answer, response->body.data, response->body.len, NULL, NULL)) {
        (void)fprintf(stderr, "pollbridge: what answers at %s is no pollbridge\n", question->url);
        question->code = EXIT_NO;
    } else if (response->status / 100 != 2) {
        tell_refusal(question, response->status);
    }
    (void)event_base_loopexit(question->base, NULL);
}

static int add_token(struct http_request *request, const char *token)
{
    AUTO_FREE char *value = str_is_empty(token) ? NULL : str_printf("Bearer %s", token);

    return value ? headers_add(&request->secret_headers, "Authorization", value) : 0;
}

static int add_body(struct http_request *request, struct json_object *body)
{
    AUTO_BUF struct buf text = { 0 };
    int r = json_write(&text, body);

    request->body = buf_take(&text);
    return r ? r : headers_add(&request->headers, "Content-Type", "application/json");
}

static int ask(struct question *question, const struct daemon *daemon, struct http_request *request)
{
    const struct http_client_settings settings = {
        .user_agent = "pollbridge-cli/" POLLBRIDGE_VERSION,
    };
    CLEANUP(http_client_freep) struct http_client *client = NULL;

    request->timeout_ms = daemon->timeout_ms;
    request->connect_timeout_ms = daemon->timeout_ms;
    request->max_body_bytes = ANSWER_BYTES_MAX;
    request->allow_private = true;
    int r = http_client_new(&client, question->base, &settings);
    r = r ? r : http_start(client, request, on_answer, question, NULL);
    return r ? r : event_base_dispatch(question->base);
}

static enum exit_code ask_at(const struct daemon *daemon, const struct question *blank,
                             const char *token, struct http_request *request,
                             struct json_object **ret)
{
    struct question question = *blank;

    question.base = event_base_new();
    if (!question.base || !request->url || !request->method || add_token(request, token) != 0 ||
        ask(&question, daemon, request) < 0) {
        question.code = EXIT_TROUBLE;
    }
    if (question.base) {
        event_base_free(question.base);
    }
    if (question.code == EXIT_OK) {
        *ret = STEAL(question.answer);
    }
    (void)json_object_put(question.answer);
    return question.code;
}

static enum exit_code find_and_ask(const struct cli *cli, const struct daemon *daemon,
                                   const struct what *what, struct json_object **ret)
{
    AUTO_SETTINGS struct settings *settings = NULL;
    AUTO_FREE char *found = NULL;
    const char *token = getenv("POLLBRIDGE_TOKEN");
    const char *url = daemon->url;

    (void)signal(SIGPIPE, SIG_IGN);
    if (!url) {
        settings = cli_load_settings(cli, daemon->config);
        if (!settings) {
            return EXIT_CONFIG;
        }
        enum exit_code code = find_url(settings, what->is_down, &found);
        if (code != EXIT_OK) {
            return code;
        }
        url = found;
        token = widest_token(settings);
    }
    CLEANUP(http_request_deinit)
    struct http_request request = {
        .url = str_printf("%s%s", url, what->path),
        .method = strdup(what->method),
    };
    struct question question = { .url = url, .is_down = what->is_down, .code = EXIT_TROUBLE };
    if (what->body && add_body(&request, what->body) < 0) {
        return EXIT_TROUBLE;
    }
    return ask_at(daemon, &question, token, &request, ret);
}

enum exit_code daemon_ask(const struct cli *cli, const struct daemon *daemon, const char *method,
                          const char *path, struct json_object **ret)
{
    return find_and_ask(cli, daemon, &(struct what){ .method = method, .path = path }, ret);
}

enum exit_code daemon_send(const struct cli *cli, const struct daemon *daemon, const char *path,
                           struct json_object *body, struct json_object **ret)
{
    return find_and_ask(cli, daemon, &(struct what){ .method = "POST", .path = path, .body = body },
                        ret);
}

enum exit_code daemon_try(const struct cli *cli, const struct daemon *daemon, const char *path,
                          struct json_object **ret, bool *ret_is_down)
{
    // Who names a listener means that one.
    const struct what what = {
        .method = "GET",
        .path = path,
        .is_down = daemon->url ? NULL : ret_is_down,
    };
    return find_and_ask(cli, daemon, &what, ret);
}
