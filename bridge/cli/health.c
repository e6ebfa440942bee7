// `pollbridge health`: asks a running daemon's listener; what a container's HEALTHCHECK calls.

#include <event2/event.h>
#include <signal.h>
#include <stdio.h>

#include "bridge/base/buf.h"
#include "bridge/base/str.h"
#include "bridge/cli/arguments.h"
#include "bridge/cli/cli.h"
#include "bridge/model/http.h"
#include "bridge/net/http.h"

struct health {
    const char *url;
    bool ready;
    int64_t timeout_ms;
    struct event_base *base;
    enum exit_code code;
};

static void on_answer(struct http_response *response, void *userdata)
{
    struct health *health = userdata;

    if (response->error != HTTP_NO_ERROR) {
        (void)fprintf(stderr, "pollbridge: no answer from %s: %s\n", health->url,
                      response->error_text ? response->error_text
                                           : http_error_code(response->error));
        health->code = EXIT_NO;
    } else {
        (void)printf("%.*s", (int)response->body.len,
                     response->body.data ? response->body.data : "");
        health->code = response->status == 200 ? EXIT_OK : EXIT_NO;
    }
    (void)event_base_loopexit(health->base, NULL);
}

static int ask(struct health *health, struct http_client *client)
{
    const struct http_request request = {
        .url = str_printf("%s/%s", health->url, health->ready ? "readyz" : "healthz"),
        .timeout_ms = health->timeout_ms,
        .connect_timeout_ms = health->timeout_ms,
        .max_body_bytes = 16384,
        .truncate_body = true,
        .allow_private = true,
    };
    int r = request.url ? http_start(client, &request, on_answer, health, NULL) : -1;

    if (r == 0) {
        r = event_base_dispatch(health->base);
    }
    free(request.url);
    return r;
}

static int parse_arguments(struct health *health, int argc, char **argv)
{
    const struct argument options[] = {
        { 'u', "url", "URL", "The daemon's listener (default http://127.0.0.1:8080)", ARGUMENT_TEXT,
          &health->url, NULL },
        { 'r', "ready", NULL, "Ask whether it is ready: nothing overdue", ARGUMENT_SWITCH,
          &health->ready, NULL },
        { 't', "timeout", "DURATION", "How long to wait (default 5s)", ARGUMENT_DURATION,
          &health->timeout_ms, NULL },
    };
    const struct arguments arguments = {
        .doc = "Asks a running daemon how it is. Exit code 0: well; 1: not, or no answer.",
        .v = options,
        .n = ARRAY_LEN(options),
    };

    return arguments_parse(&arguments, argc, argv);
}

static enum exit_code run(const struct cli *cli, int argc, char **argv)
{
    struct health health = {
        .url = "http://127.0.0.1:8080",
        .timeout_ms = 5000,
        .code = EXIT_TROUBLE,
    };
    const struct http_client_settings settings = {
        .user_agent = "pollbridge-health/" POLLBRIDGE_VERSION,
    };
    CLEANUP(http_client_freep) struct http_client *client = NULL;

    (void)cli;
    if (parse_arguments(&health, argc, argv) != 0) {
        return EXIT_TROUBLE;
    }
    (void)signal(SIGPIPE, SIG_IGN);
    health.base = event_base_new();
    if (!health.base || http_client_new(&client, health.base, &settings) != 0 ||
        ask(&health, client) != 0) {
        health.code = EXIT_TROUBLE;
    }
    client = http_client_free(client);
    if (health.base) {
        event_base_free(health.base);
    }
    return health.code;
}

const struct command command_health = { "health", "[--url URL]", "Ask a running daemon", run };
