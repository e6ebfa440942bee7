// `pollbridge events`: what was told, newest first.

#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "bridge/base/str.h"
#include "bridge/cli/arguments.h"
#include "bridge/cli/cli.h"
#include "bridge/cli/daemon.h"
#include "bridge/cli/listing.h"

static void print_line(struct json_object *event)
{
    struct json_object *data = NULL;

    (void)json_object_object_get_ex(event, "data", &data);
    (void)printf("%-24s  %-18s %-28s %8s  %-32s %s\n", listing_text(event, "timestamp"),
                 listing_text(event, "type"), listing_text(event, "source"),
                 listing_text(event, "sequence"), listing_text(event, "id"),
                 listing_text(data, "key"));
}

static enum exit_code print_one(const struct cli *cli, const struct daemon *daemon, const char *id)
{
    AUTO_FREE char *path = str_printf("/v1/events/%s", id);

    if (!path || strpbrk(id, "/?#% ")) {
        (void)fprintf(stderr, "pollbridge: \"%s\" is no id of an event\n", id);
        return EXIT_USAGE;
    }
    return listing_print_one(cli, daemon, path);
}

static enum exit_code run(const struct cli *cli, int argc, char **argv)
{
    struct daemon daemon = DAEMON_PRESET;
    struct listing_field fields[] = { { "source", NULL },
                                      { "type", NULL },
                                      { "since", NULL },
                                      { "until", NULL },
                                      { "order", NULL } };
    int64_t limit = 50;
    bool oldest_first = false;
    const char *id = NULL;
    const struct argument options[] = {
        { 's', "source", "NAME", "Only of this source, or of one instance", ARGUMENT_TEXT,
          &fields[0].value, NULL },
        { 't', "type", "TYPE", "Only of this type; * is wild, as in 'item.*'", ARGUMENT_TEXT,
          &fields[1].value, NULL },
        { 'S', "since", "TIME", "Only from this time on: 2026-01-31T12:00:00Z, or 1h ago",
          ARGUMENT_TEXT, &fields[2].value, NULL },
        { 'U', "until", "TIME", "Only before this time", ARGUMENT_TEXT, &fields[3].value, NULL },
        { 'o', "oldest-first", NULL, "Begin with the oldest", ARGUMENT_SWITCH, &oldest_first,
          NULL },
        LISTING_LIMIT(&limit),
        DAEMON_ARGUMENTS(&daemon),
    };
    const struct positional positional = { "EVENT", &id, false };
    const struct arguments arguments = {
        .doc = "Lists the events that are kept, newest first, or shows EVENT in full. Asks a "
               "running daemon; where none answers, its store.",
        .v = options,
        .n = ARRAY_LEN(options),
        .positionals = &positional,
        .positional_count = 1,
    };

    if (arguments_parse(&arguments, argc, argv) != 0) {
        return EXIT_TROUBLE;
    }
    if (id) {
        return print_one(cli, &daemon, id);
    }
    fields[4].value = oldest_first ? "asc" : NULL;
    const struct listing listing = {
        .path = "/v1/events",
        .fields = fields,
        .field_count = ARRAY_LEN(fields),
        .limit = limit,
        .print = print_line,
    };
    return listing_print(cli, &daemon, &listing);
}

const struct command command_events = { "events", "-c FILE [EVENT]", "What was told", run };
