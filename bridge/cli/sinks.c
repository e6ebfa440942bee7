// `pollbridge sinks`: how the sinks fare.

#include <stdio.h>

#include <json-c/json.h>

#include "bridge/base/str.h"
#include "bridge/base/terminal.h"
#include "bridge/cli/arguments.h"
#include "bridge/cli/cli.h"
#include "bridge/cli/daemon.h"
#include "bridge/cli/listing.h"

static void print_since(struct json_object *sink)
{
    const char *disabled = listing_text(sink, "disabled_at");
    const char *failing = listing_text(sink, "failing_since");

    if (*disabled) {
        (void)printf("  disabled at %s", disabled);
    } else if (*failing) {
        (void)printf("  failing since %s, %s in a row", failing, listing_text(sink, "failures"));
    }
    (void)printf("\n");
}

static void print_line(struct json_object *sink)
{
    const char *state = listing_text(sink, "state");
    bool coloured = terminal_wants_colour(stdout);

    (void)printf("%-32s %-8s %s%-8s%s waiting %-8s held %-8s", listing_text(sink, "name"),
                 listing_text(sink, "type"),
                 terminal_paint(coloured, str_eq(state, "ok") ? GREEN : RED), state,
                 terminal_paint(coloured, PLAIN), listing_text(sink, "waiting"),
                 listing_text(sink, "held"));
    print_since(sink);
}

static enum exit_code run(const struct cli *cli, int argc, char **argv)
{
    struct daemon daemon = DAEMON_PRESET;
    const struct argument options[] = { DAEMON_ARGUMENTS(&daemon) };
    const struct arguments arguments = {
        .doc = "Lists the sinks: how they fare and what waits for them. Asks a running daemon; "
               "where none answers, its store.",
        .v = options,
        .n = ARRAY_LEN(options),
    };
    const struct listing listing = { .path = "/v1/sinks", .print = print_line };

    if (arguments_parse(&arguments, argc, argv) != 0) {
        return EXIT_TROUBLE;
    }
    return listing_print(cli, &daemon, &listing);
}

const struct command command_sinks = { "sinks", "-c FILE", "How the sinks fare", run };
