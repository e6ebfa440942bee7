#include "bridge/cli/source-view.h"

#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "bridge/base/buf.h"
#include "bridge/base/str.h"
#include "bridge/base/terminal.h"
#include "bridge/cli/daemon.h"
#include "bridge/cli/listing.h"
#include "bridge/model/http.h"
#include "bridge/model/json.h"

static enum colour colour_of(const char *state)
{
    if (str_eq(state, "ok")) {
        return GREEN;
    }
    return str_eq(state, "waiting") || str_eq(state, "paused") ? YELLOW : RED;
}

static void print_state(struct json_object *source)
{
    const char *state = listing_text(source, "state");
    bool coloured = terminal_wants_colour(stdout);

    (void)printf("%s%-8s%s", terminal_paint(coloured, colour_of(state)), state,
                 terminal_paint(coloured, PLAIN));
}

void source_view_print_line(struct json_object *source)
{
    struct json_object *last = NULL;

    (void)json_object_object_get_ex(source, "last_poll", &last);
    (void)printf("%-32s ", listing_text(source, "name"));
    print_state(source);
    (void)printf(" %-12s last %-24s next %-24s %s\n", last ? listing_text(last, "result") : "-",
                 last ? listing_text(last, "at") : "-", listing_text(source, "next_poll_at"),
                 last ? listing_text(last, "detail") : "");
}

static void print_row(const char *label, const char *value, const char *more)
{
    if (*value) {
        (void)printf("  %-14s %s%s%s\n", label, value, *more ? "  " : "", more);
    }
}

void source_view_print(struct json_object *source)
{
    struct json_object *last = NULL;
    struct json_object *quota = NULL;

    (void)json_object_object_get_ex(source, "last_poll", &last);
    (void)printf("%s: ", listing_text(source, "name"));
    print_state(source);
    (void)printf("\n  %s\n", listing_text(source, "explanation"));
    if (last) {
        print_row("last poll", listing_text(last, "at"), listing_text(last, "result"));
        print_row("", listing_text(last, "code"), listing_text(last, "detail"));
        print_row("what to do", listing_text(last, "advice"), "");
    }
    print_row("next poll", listing_text(source, "next_poll_at"),
              listing_text(source, "next_detail"));
    if (json_object_object_get_ex(source, "quota", &quota) && quota) {
        AUTO_FREE char *left =
            str_printf("%s%s%s left", listing_text(quota, "remaining"),
                       *listing_text(quota, "limit") ? " of " : "", listing_text(quota, "limit"));
        print_row("quota", left ? left : "", listing_text(quota, "reset_at"));
    }
    print_row("last success", listing_text(source, "last_success_at"), "");
    print_row("paused since", listing_text(source, "paused_at"), "");
    print_row("failing since", listing_text(source, "failing_since"), "");
    print_row("last event", listing_text(source, "last_event_id"), "");
    print_row("events told", listing_text(source, "sequence"), "");
}

void source_view_print_json(struct json_object *value)
{
    AUTO_BUF struct buf text = { 0 };

    if (json_write_pretty(&text, value) == 0) {
        (void)printf("%s\n", buf_str(&text));
    }
}

enum exit_code source_view_ask(const struct cli *cli, const struct daemon *daemon,
                               const char *source, const char *verb)
{
    AUTO_BUF struct buf path = { 0 };
    AUTO_JSON struct json_object *answer = NULL;

    int r = buf_append_str(&path, "/v1/sources/");
    r = r ? r : url_encode(&path, source);
    r = r || !verb ? r : buf_printf(&path, "/%s", verb);
    if (r) {
        return EXIT_TROUBLE;
    }
    enum exit_code code = daemon_ask(cli, daemon, verb ? "POST" : "GET", buf_str(&path), &answer);
    if (code == EXIT_OK && daemon->as_json) {
        source_view_print_json(answer);
    } else if (code == EXIT_OK) {
        source_view_print(answer);
    }
    return code;
}
