// `pollbridge deliveries`: who was told what, and how it went; of one delivery its attempts.

#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "bridge/base/str.h"
#include "bridge/base/terminal.h"
#include "bridge/cli/arguments.h"
#include "bridge/cli/cli.h"
#include "bridge/cli/daemon.h"
#include "bridge/cli/listing.h"

static enum colour colour_of(const char *state)
{
    if (str_eq(state, "delivered")) {
        return GREEN;
    }
    return str_eq(state, "failed") || str_eq(state, "held") ? RED : YELLOW;
}

// What became of it beside others of its item.
static void print_coalesced(struct json_object *delivery)
{
    const char *into = listing_text(delivery, "coalesced_into");
    const char *count = listing_text(delivery, "coalesced_count");

    if (*into) {
        (void)printf("told by %s ", into);
    } else if (*count) {
        (void)printf("tells %s updates ", count);
    }
}

// What a person wants to know of it: why it failed, or when it is tried again.
static void print_outcome(struct json_object *delivery)
{
    struct json_object *last = NULL;
    const char *next = listing_text(delivery, "next_attempt_at");
    const char *error = listing_text(delivery, "error");

    (void)json_object_object_get_ex(delivery, "last_attempt", &last);
    const char *code = last ? listing_text(last, "error_code") : "";
    const char *status = last ? listing_text(last, "status") : "";
    print_coalesced(delivery);
    (void)printf("%s%s%s%s%s%s%s\n", code, *code && *status ? " " : "", *code ? status : "",
                 *next ? (*code ? ", next " : "next ") : "", next, *error ? "  " : "", error);
}

static void print_delivery(struct json_object *delivery)
{
    const char *state = listing_text(delivery, "state");
    bool coloured = terminal_wants_colour(stdout);

    (void)printf("%8s  %-24s  %-20s %s%-9s%s %3s  %-18s %-24s %-31s ", listing_text(delivery, "id"),
                 listing_text(delivery, "event_at"), listing_text(delivery, "sink"),
                 terminal_paint(coloured, colour_of(state)), state, terminal_paint(coloured, PLAIN),
                 listing_text(delivery, "attempts"), listing_text(delivery, "event_type"),
                 listing_text(delivery, "source"), listing_text(delivery, "event_id"));
    print_outcome(delivery);
}

static void print_attempt(struct json_object *attempt)
{
    const char *code = listing_text(attempt, "error_code");
    bool coloured = terminal_wants_colour(stdout);

    (void)printf("%3s  %-24s %7s ms  %3s  %s%s%s  %.200s\n", listing_text(attempt, "number"),
                 listing_text(attempt, "at"), listing_text(attempt, "duration_ms"),
                 listing_text(attempt, "status"), terminal_paint(coloured, *code ? RED : GREEN),
                 *code ? code : "delivered", terminal_paint(coloured, PLAIN),
                 listing_text(attempt, "response"));
}

static enum exit_code print_attempts(const struct cli *cli, const struct daemon *daemon,
                                     const char *delivery, int64_t limit)
{
    const struct listing_field field = { "delivery_id", delivery };
    const struct listing listing = {
        .path = "/v1/attempts",
        .fields = &field,
        .field_count = 1,
        .limit = limit,
        .print = print_attempt,
    };

    return listing_print(cli, daemon, &listing);
}

static enum exit_code run(const struct cli *cli, int argc, char **argv)
{
    struct daemon daemon = DAEMON_PRESET;
    struct listing_field fields[] = { { "sink", NULL }, { "state", NULL }, { "event_id", NULL } };
    int64_t limit = 50;
    const char *id = NULL;
    const struct argument options[] = {
        { 's', "sink", "NAME", "Only of this sink", ARGUMENT_TEXT, &fields[0].value, NULL },
        { 'S', "state", "STATE",
          "Only in this state: pending, retrying, held, delivered, failed or canceled",
          ARGUMENT_TEXT, &fields[1].value, NULL },
        { 'e', "event", "EVENT", "Only of this event", ARGUMENT_TEXT, &fields[2].value, NULL },
        LISTING_LIMIT(&limit),
        DAEMON_ARGUMENTS(&daemon),
    };
    const struct positional positional = { "DELIVERY", &id, false };
    const struct arguments arguments = {
        .doc = "Lists the deliveries that are kept, newest first, or the attempts of DELIVERY. "
               "Asks a running daemon; where none answers, its store.",
        .v = options,
        .n = ARRAY_LEN(options),
        .positionals = &positional,
        .positional_count = 1,
    };

    if (arguments_parse(&arguments, argc, argv) != 0) {
        return EXIT_TROUBLE;
    }
    if (id) {
        return print_attempts(cli, &daemon, id, limit);
    }
    const struct listing listing = {
        .path = "/v1/deliveries",
        .fields = fields,
        .field_count = ARRAY_LEN(fields),
        .limit = limit,
        .print = print_delivery,
    };
    return listing_print(cli, &daemon, &listing);
}

const struct command command_deliveries = { "deliveries", "-c FILE [DELIVERY]",
                                            "Who was told, and how it went", run };
