// `pollbridge enable`, `disable`, `ping` and `rotate`: one sink of a running daemon.

#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "bridge/base/str.h"
#include "bridge/cli/arguments.h"
#include "bridge/cli/cli.h"
#include "bridge/cli/daemon.h"
#include "bridge/cli/listing.h"
#include "bridge/cli/source-view.h"
#include "bridge/model/json.h"

struct wish {
    struct daemon daemon;
    const char *sink;
    int held;         // index of held_choices
    int64_t grace_ms; // -1: as usual
};

static const char *const held_choices[] = { "ask", "deliver", "skip", NULL };

static enum exit_code send(const struct cli *cli, const struct wish *wish, const char *verb,
                           struct json_object *body, struct json_object **ret)
{
    AUTO_FREE char *path = str_printf("/v1/sinks/%s/%s", wish->sink, verb);

    if (strpbrk(wish->sink, "/?# ")) {
        (void)fprintf(stderr, "pollbridge: \"%s\" is no name of a sink\n", wish->sink);
        return EXIT_USAGE;
    }
    return path ? daemon_send(cli, &wish->daemon, path, body, ret) : EXIT_TROUBLE;
}

static bool parse(struct wish *wish, const struct argument *options, size_t n, const char *doc,
                  int argc, char **argv)
{
    const struct positional positional = { "SINK", &wish->sink, true };
    const struct arguments arguments = {
        .doc = doc, .v = options, .n = n, .positionals = &positional, .positional_count = 1
    };

    return arguments_parse(&arguments, argc, argv) == 0;
}

static int add(struct json_object *body, const char *name, struct json_object *value)
{
    if (!value || json_object_object_add(body, name, value) != 0) {
        (void)json_object_put(value);
        return -1;
    }
    return 0;
}

static void print(const struct wish *wish, struct json_object *answer, const char *words)
{
    if (wish->daemon.as_json) {
        source_view_print_json(answer);
    } else {
        (void)printf("%s: %s\n", wish->sink, words);
    }
}

static enum exit_code run_enable(const struct cli *cli, int argc, char **argv)
{
    struct wish wish = { .daemon = DAEMON_PRESET };
    AUTO_JSON struct json_object *answer = NULL;
    AUTO_JSON struct json_object *body = json_object_new_object();
    const struct argument options[] = {
        DAEMON_ARGUMENTS(&wish.daemon),
        { 'd', "held", "CHOICE", "What is held: deliver it, or skip it to now", ARGUMENT_CHOICE,
          &wish.held, held_choices },
    };

    if (!parse(&wish, options, ARRAY_LEN(options), "Makes a running daemon enable SINK.", argc,
               argv) ||
        !body ||
        (wish.held > 0 && add(body, "held", json_object_new_string(held_choices[wish.held])) < 0)) {
        return EXIT_TROUBLE;
    }
    enum exit_code code = send(cli, &wish, "enable", body, &answer);
    if (code == EXIT_OK) {
        print(&wish, answer, "enabled");
    }
    return code;
}

static enum exit_code run_disable(const struct cli *cli, int argc, char **argv)
{
    struct wish wish = { .daemon = DAEMON_PRESET };
    AUTO_JSON struct json_object *answer = NULL;
    const struct argument options[] = { DAEMON_ARGUMENTS(&wish.daemon) };

    if (!parse(&wish, options, ARRAY_LEN(options),
               "Makes a running daemon disable SINK: what there is for it is held, none is lost.",
               argc, argv)) {
        return EXIT_TROUBLE;
    }
    enum exit_code code = send(cli, &wish, "disable", NULL, &answer);
    if (code == EXIT_OK) {
        print(&wish, answer, "disabled");
    }
    return code;
}

static enum exit_code run_ping(const struct cli *cli, int argc, char **argv)
{
    struct wish wish = { .daemon = DAEMON_PRESET };
    AUTO_JSON struct json_object *answer = NULL;
    const struct argument options[] = { DAEMON_ARGUMENTS(&wish.daemon) };

    wish.daemon.timeout_ms = INT64_C(60) * 1000; // longer than an attempt usually may take
    if (!parse(&wish, options, ARRAY_LEN(options),
               "Makes a running daemon send SINK a signed test event, past its queue, and tells "
               "what came of it.",
               argc, argv)) {
        return EXIT_TROUBLE;
    }
    enum exit_code code = send(cli, &wish, "test", NULL, &answer);
    if (code != EXIT_OK) {
        return code;
    }
    bool delivered = str_eq(listing_text(answer, "delivered"), "true");
    AUTO_FREE char *words =
        str_printf("%s in %s ms, status %s %s %s", delivered ? "delivered" : "not delivered",
                   listing_text(answer, "duration_ms"), listing_text(answer, "status"),
                   listing_text(answer, "error_code"), listing_text(answer, "detail"));
    print(&wish, answer, words ? words : "");
    return delivered ? EXIT_OK : EXIT_NO;
}

static enum exit_code run_rotate(const struct cli *cli, int argc, char **argv)
{
    struct wish wish = { .daemon = DAEMON_PRESET, .grace_ms = -1 };
    AUTO_JSON struct json_object *answer = NULL;
    AUTO_JSON struct json_object *body = json_object_new_object();
    const struct argument options[] = {
        DAEMON_ARGUMENTS(&wish.daemon),
        { 'g', "grace", "DURATION", "How long the secret before signs too (default 24h)",
          ARGUMENT_DURATION, &wish.grace_ms, NULL },
    };

    if (!parse(&wish, options, ARRAY_LEN(options),
               "Makes a running daemon give SINK a new secret and prints it. For sinks that were "
               "made over the API; those of the file have `previous_secret`.",
               argc, argv) ||
        !body ||
        (wish.grace_ms >= 0 &&
         add(body, "grace_period_seconds", json_object_new_int64(wish.grace_ms / 1000)) < 0)) {
        return EXIT_TROUBLE;
    }
    enum exit_code code = send(cli, &wish, "secret/rotate", body, &answer);
    if (code == EXIT_OK) {
        print(&wish, answer, listing_text(answer, "secret"));
    }
    return code;
}

const struct command command_enable = { "enable", "-c FILE SINK", "End a sink's being disabled",
                                        run_enable };
const struct command command_disable = { "disable", "-c FILE SINK", "Hold what there is for a sink",
                                         run_disable };
const struct command command_ping = { "ping", "-c FILE SINK", "Send a sink a test event",
                                      run_ping };
const struct command command_rotate = { "rotate", "-c FILE SINK", "Give a sink a new secret",
                                        run_rotate };
