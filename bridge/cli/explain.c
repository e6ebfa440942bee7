// `pollbridge explain`: why a source is silent, or why an event was told.

#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "bridge/base/buf.h"
#include "bridge/base/str.h"
#include "bridge/base/terminal.h"
#include "bridge/cli/arguments.h"
#include "bridge/cli/cli.h"
#include "bridge/cli/daemon.h"
#include "bridge/cli/listing.h"
#include "bridge/cli/source-view.h"
#include "bridge/model/json.h"

// ---- the difference ----

static void print_side(char sign, const char *path, struct json_object *value)
{
    bool coloured = terminal_wants_colour(stdout);
    AUTO_BUF struct buf text = { 0 };

    if (json_write(&text, value) == 0) {
        (void)printf("      %s%c %s  %s%s\n", terminal_paint(coloured, sign == '+' ? GREEN : RED),
                     sign, *path ? path : "(the whole)", buf_str(&text),
                     terminal_paint(coloured, PLAIN));
    }
}

static void print_changes(struct json_object *changes)
{
    size_t n =
        json_object_is_type(changes, json_type_array) ? json_object_array_length(changes) : 0;

    for (size_t i = 0; i < n; i++) {
        struct json_object *change = json_object_array_get_idx(changes, i);
        struct json_object *value = NULL;
        const char *path = listing_text(change, "path");
        if (json_object_object_get_ex(change, "old", &value)) {
            print_side('-', path, value);
        }
        if (json_object_object_get_ex(change, "new", &value)) {
            print_side('+', path, value);
        }
    }
}

// ---- a source ----

static void print_suppressed(struct json_object *one)
{
    bool coloured = terminal_wants_colour(stdout);
    struct json_object *key = json_object_object_get(one, "key");

    (void)printf("  %s%s%s%s%s: %s\n", terminal_paint(coloured, YELLOW), listing_text(one, "rule"),
                 terminal_paint(coloured, PLAIN), key ? " of " : "",
                 key ? json_object_get_string(key) : "", listing_text(one, "reason"));
    (void)printf("      %s time(s), from %s to %s\n", listing_text(one, "times"),
                 listing_text(one, "first_at"), listing_text(one, "last_at"));
    print_changes(json_object_object_get(one, "changes"));
}

static void print_explanation(struct json_object *answer)
{
    struct json_object *list = json_object_object_get(answer, "suppressed");
    size_t n = json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0;

    (void)printf(n > 0 ? "\nSeen and not told, the latest first:\n"
                       : "\nNo change was suppressed.\n");
    for (size_t i = 0; i < n; i++) {
        print_suppressed(json_object_array_get_idx(list, i));
    }
}

static enum exit_code explain_source(const struct cli *cli, const struct daemon *daemon,
                                     const char *source)
{
    AUTO_FREE char *path = str_printf("/v1/sources/%s", source);
    AUTO_FREE char *why = str_printf("/v1/sources/%s/explain", source);
    AUTO_JSON struct json_object *status = NULL;
    AUTO_JSON struct json_object *answer = NULL;
    bool is_down = false;

    if (!path || !why || strpbrk(source, "/?#% ")) {
        (void)fprintf(stderr, "pollbridge: \"%s\" is no name of a source\n", source);
        return EXIT_USAGE;
    }
    enum exit_code code = daemon_try(cli, daemon, path, &status, &is_down);
    if (code != EXIT_OK && !is_down) {
        return code;
    }
    code = listing_ask_one(cli, daemon, why, &answer);
    if (code != EXIT_OK) {
        return code;
    }
    if (daemon->as_json) {
        (void)json_object_object_add(answer, "status", json_object_get(status));
        source_view_print_json(answer);
        return EXIT_OK;
    }
    if (status) {
        source_view_print(status);
    }
    print_explanation(answer);
    return EXIT_OK;
}

// ---- an event ----

static void print_event(struct json_object *event)
{
    struct json_object *data = json_object_object_get(event, "data");
    struct json_object *key = json_object_object_get(data, "key");
    const char *type = listing_text(event, "type");

    (void)printf("%s: %s of %s%s%s, the %s. event of its source, seen at %s\n",
                 listing_text(event, "id"), type, listing_text(event, "source"),
                 key ? ", item " : "", key ? json_object_get_string(key) : "",
                 listing_text(event, "sequence"), listing_text(event, "timestamp"));
    if (json_object_object_get(data, "changes")) {
        (void)printf("  It was told because these places are not as they were told before, and no "
                     "rule held them back:\n");
        print_changes(json_object_object_get(data, "changes"));
    } else if (str_eq(type, "item.created")) {
        (void)printf("  It was told because no item of this key was told before.\n");
    } else if (str_eq(type, "item.deleted")) {
        (void)printf("  It was told because the item is not in the answer any more.\n");
    } else if (*listing_text(data, "detail")) {
        (void)printf("  It was told because of the source itself: %s\n",
                     listing_text(data, "detail"));
    }
}

static enum exit_code explain_event(const struct cli *cli, const struct daemon *daemon,
                                    const char *id)
{
    AUTO_FREE char *path = str_printf("/v1/events/%s", id);
    AUTO_JSON struct json_object *event = NULL;

    if (!path || strpbrk(id, "/?#% ")) {
        (void)fprintf(stderr, "pollbridge: \"%s\" is no id of an event\n", id);
        return EXIT_USAGE;
    }
    enum exit_code code = listing_ask_one(cli, daemon, path, &event);
    if (code == EXIT_OK && daemon->as_json) {
        source_view_print_json(event);
    } else if (code == EXIT_OK) {
        print_event(event);
    }
    return code;
}

static enum exit_code run(const struct cli *cli, int argc, char **argv)
{
    struct daemon daemon = DAEMON_PRESET;
    const char *what = NULL;
    const struct argument options[] = { DAEMON_ARGUMENTS(&daemon) };
    const struct positional positional = { "SOURCE|EVENT", &what, true };
    const struct arguments arguments = {
        .doc =
            "Says why SOURCE is silent: its last poll, what is held, when it is polled next and "
            "why then, and each change that was seen and not told, with the rule that suppressed "
            "it. Of EVENT (evt_...) it says why it was told. Asks a running daemon; where none "
            "answers, its store.",
        .v = options,
        .n = ARRAY_LEN(options),
        .positionals = &positional,
        .positional_count = 1,
    };

    if (arguments_parse(&arguments, argc, argv) != 0) {
        return EXIT_TROUBLE;
    }
    return str_starts(what, "evt_") ? explain_event(cli, &daemon, what)
                                    : explain_source(cli, &daemon, what);
}

const struct command command_explain = { "explain", "-c FILE SOURCE|EVENT",
                                         "Why a source is silent, or an event was told", run };
