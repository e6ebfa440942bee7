// `pollbridge resend`, `recover` and `replay`: stored events once more, by a running daemon.

#include <stdio.h>
#include <string.h>
#include <time.h>

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
    const char *name;  // of the sink
    const char *event; // resend
    const char *since;
    const char *until;
    const char *source;
    const char *type;
    const char *status;
    bool dry_run;
};

// Texts that are not there are left out.
static int add_text(struct json_object *body, const char *name, const char *text)
{
    struct json_object *value = text ? json_object_new_string(text) : NULL;

    if (!text) {
        return 0;
    }
    if (!value || json_object_object_add(body, name, value) != 0) {
        (void)json_object_put(value);
        return -1;
    }
    return 0;
}

static void print_result(const struct wish *wish, struct json_object *answer)
{
    if (wish->daemon.as_json) {
        source_view_print_json(answer);
    } else if (wish->dry_run) {
        (void)printf("%s deliveries would be made\n", listing_text(answer, "deliveries"));
    } else {
        (void)printf("%s: %s deliveries\n", listing_text(answer, "id"),
                     listing_text(answer, "deliveries"));
    }
}

// Asks until it is done: a person wants to know how many there were.
static enum exit_code wait_done(const struct cli *cli, const struct wish *wish,
                                struct json_object **recovery)
{
    const struct timespec pause = { .tv_nsec = 100 * 1000 * 1000 };
    AUTO_FREE char *path = str_printf("/v1/recoveries/%s", listing_text(*recovery, "id"));
    enum exit_code code = path ? EXIT_OK : EXIT_TROUBLE;

    while (code == EXIT_OK && !str_eq(listing_text(*recovery, "state"), "done")) {
        struct json_object *now = NULL;
        (void)nanosleep(&pause, NULL);
        code = daemon_ask(cli, &wish->daemon, "GET", path, &now);
        if (code == EXIT_OK) {
            (void)json_object_put(*recovery);
            *recovery = now;
        }
    }
    return code;
}

static enum exit_code send(const struct cli *cli, const struct wish *wish, const char *path,
                           struct json_object *body)
{
    AUTO_JSON struct json_object *answer = NULL;
    enum exit_code code = daemon_send(cli, &wish->daemon, path, body, &answer);

    if (code == EXIT_OK && !wish->dry_run) {
        code = wait_done(cli, wish, &answer);
    }
    if (code == EXIT_OK) {
        print_result(wish, answer);
    }
    return code;
}

static bool is_name(const char *text)
{
    if (strpbrk(text, "/?# ")) {
        (void)fprintf(stderr, "pollbridge: \"%s\" is no name of a sink or event\n", text);
        return false;
    }
    return true;
}

static enum exit_code send_for_sink(const struct cli *cli, const struct wish *wish,
                                    const char *verb)
{
    AUTO_JSON struct json_object *body = json_object_new_object();
    AUTO_FREE char *path = str_printf("/v1/sinks/%s/%s", wish->name, verb);

    if (!is_name(wish->name)) {
        return EXIT_USAGE;
    }
    int r = body && path ? 0 : -1;
    r = r ? r : add_text(body, "since", wish->since);
    r = r ? r : add_text(body, "until", wish->until);
    r = r ? r : add_text(body, "sources", wish->source);
    r = r ? r : add_text(body, "types", wish->type);
    r = r ? r : add_text(body, "status", wish->status);
    r = r ? r : add_text(body, "dry_run", wish->dry_run ? "true" : NULL);
    return r ? EXIT_TROUBLE : send(cli, wish, path, body);
}

// Rows for a table of arguments.
#define TIME_ARGUMENTS(wish)                                                                       \
    { 's',           "since",                                                                      \
      "TIME",        "Events seen from then on; a time, or how long ago such as 2h",               \
      ARGUMENT_TEXT, &(wish)->since,                                                               \
      NULL },                                                                                      \
    {                                                                                              \
        'b', "until", "TIME", "And before then", ARGUMENT_TEXT, &(wish)->until, NULL               \
    }

static enum exit_code run_recover(const struct cli *cli, int argc, char **argv)
{
    struct wish wish = { .daemon = DAEMON_PRESET };
    const struct argument options[] = {
        DAEMON_ARGUMENTS(&wish.daemon),
        TIME_ARGUMENTS(&wish),
    };
    const struct positional positional = { "SINK", &wish.name, true };
    const struct arguments arguments = {
        .doc = "Makes a running daemon send SINK again what failed for good.",
        .v = options,
        .n = ARRAY_LEN(options),
        .positionals = &positional,
        .positional_count = 1,
    };

    return arguments_parse(&arguments, argc, argv) != 0 ? EXIT_TROUBLE
                                                        : send_for_sink(cli, &wish, "recover");
}

static enum exit_code run_replay(const struct cli *cli, int argc, char **argv)
{
    struct wish wish = { .daemon = DAEMON_PRESET };
    const struct argument options[] = {
        DAEMON_ARGUMENTS(&wish.daemon),
        TIME_ARGUMENTS(&wish),
        { 'o', "source", "NAME", "Of this source; * and ? are wild", ARGUMENT_TEXT, &wish.source,
          NULL },
        { 't', "type", "TYPE", "Of this type; * and ? are wild", ARGUMENT_TEXT, &wish.type, NULL },
        { 'w', "status", "STATUS",
          "Whose last delivery ended so: delivered, failed, canceled, or missing", ARGUMENT_TEXT,
          &wish.status, NULL },
        { 'n', "dry-run", NULL, "Only count", ARGUMENT_SWITCH, &wish.dry_run, NULL },
    };
    const struct positional positional = { "SINK", &wish.name, true };
    const struct arguments arguments = {
        .doc = "Makes a running daemon send SINK stored events once more, each with its id and its "
               "bytes.",
        .v = options,
        .n = ARRAY_LEN(options),
        .positionals = &positional,
        .positional_count = 1,
    };

    return arguments_parse(&arguments, argc, argv) != 0 ? EXIT_TROUBLE
                                                        : send_for_sink(cli, &wish, "replay");
}

static enum exit_code run_resend(const struct cli *cli, int argc, char **argv)
{
    struct wish wish = { .daemon = DAEMON_PRESET };
    const struct argument options[] = { DAEMON_ARGUMENTS(&wish.daemon) };
    const struct positional positionals[] = { { "EVENT", &wish.event, true },
                                              { "SINK", &wish.name, true } };
    const struct arguments arguments = {
        .doc = "Makes a running daemon send SINK one EVENT (evt_…) once more.",
        .v = options,
        .n = ARRAY_LEN(options),
        .positionals = positionals,
        .positional_count = ARRAY_LEN(positionals),
    };

    if (arguments_parse(&arguments, argc, argv) != 0) {
        return EXIT_TROUBLE;
    }
    if (!is_name(wish.event)) {
        return EXIT_USAGE;
    }
    AUTO_JSON struct json_object *body = json_object_new_object();
    AUTO_FREE char *path = str_printf("/v1/events/%s/resend", wish.event);
    bool ok = body && path && add_text(body, "sink", wish.name) == 0;
    return ok ? send(cli, &wish, path, body) : EXIT_TROUBLE;
}

const struct command command_resend = { "resend", "-c FILE EVENT SINK", "Send an event once more",
                                        run_resend };
const struct command command_recover = { "recover", "-c FILE SINK", "Send again what failed",
                                         run_recover };
const struct command command_replay = { "replay", "-c FILE SINK",
                                        "Send stored events once more, or count them", run_replay };
