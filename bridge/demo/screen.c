#include "bridge/demo/screen.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bridge/base/buf.h"
#include "bridge/base/terminal.h"
#include "bridge/demo/receiver.h"
#include "bridge/model/event.h"
#include "bridge/model/http.h"
#include "bridge/model/json.h"

static const char *paint(const struct screen *screen, enum colour colour)
{
    return terminal_paint(screen->coloured, colour);
}

static int64_t mono_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void print_time(const struct screen *screen)
{
    time_t now = time(NULL);
    struct tm parts;
    char text[16] = "";

    (void)localtime_r(&now, &parts);
    (void)strftime(text, sizeof(text), "%H:%M:%S", &parts);
    (void)fprintf(screen->out, "%s%s%s  ", paint(screen, DIM), text, paint(screen, PLAIN));
}

void screen_init(struct screen *screen, FILE *out)
{
    *screen = (struct screen){ .out = out, .coloured = terminal_wants_colour(out) };
    (void)setvbuf(out, NULL, _IOLBF, 0); // a pipe is somebody watching too
}

void screen_begin(struct screen *screen, const char *yaml)
{
    (void)fprintf(screen->out,
                  "%spollbridge demo%s: a weather API that only answers when asked, and a "
                  "subscriber\nthat wants to be told. This is the whole configuration:\n\n%s",
                  paint(screen, BOLD), paint(screen, PLAIN), paint(screen, DIM));
    for (const char *line = yaml; *line;) {
        size_t len = strcspn(line, "\n");
        (void)fprintf(screen->out, "    %.*s\n", (int)len, line);
        line += len + (line[len] == '\n');
    }
    (void)fprintf(screen->out, "%s\n", paint(screen, PLAIN));
}

void screen_on_response(void *userdata, const char *source, const struct http_response *response)
{
    struct screen *screen = userdata;

    (void)source;
    if (response->status == 200) {
        screen->answered_at_us = mono_us();
    }
}

static const char *say_result(enum poll_result result)
{
    switch (result) {
    case POLL_NOT_MODIFIED: return "not modified: no body was sent, nothing was parsed";
    case POLL_UNCHANGED: return "unchanged: what differs is ignored";
    case POLL_BASELINE: return "first answer: kept as the base, told to nobody";
    case POLL_CHANGED: return "changed";
    case POLL_HELD: return "held: the answer looks wrong, the base stays";
    case POLL_FAILED: return "failed";
    case POLL_THROTTLED: return "the server asks for patience";
    }
    return "";
}

static enum colour colour_of(enum poll_result result)
{
    switch (result) {
    case POLL_NOT_MODIFIED:
    case POLL_UNCHANGED: return DIM;
    case POLL_BASELINE: return CYAN;
    case POLL_CHANGED: return YELLOW;
    case POLL_HELD:
    case POLL_FAILED:
    case POLL_THROTTLED: break;
    }
    return RED;
}

static void print_side(const struct screen *screen, char sign, const char *path,
                       struct json_object *value)
{
    AUTO_BUF struct buf text = { 0 };

    if (json_write(&text, value) != 0) {
        return;
    }
    (void)fprintf(screen->out, "            %s%c %-16s %s%s\n",
                  paint(screen, sign == '+' ? GREEN : RED), sign, path, buf_str(&text),
                  paint(screen, PLAIN));
}

static void print_changes(const struct screen *screen, const struct event *event)
{
    AUTO_JSON struct json_object *body = NULL;
    struct json_object *data = NULL;
    struct json_object *changes = NULL;

    if (json_read(&body, event->body.data, event->body.len, NULL, NULL) != 0 ||
        !json_object_object_get_ex(body, "data", &data) ||
        !json_object_object_get_ex(data, "changes", &changes)) {
        return;
    }
    for (size_t i = 0; i < json_object_array_length(changes); i++) {
        struct json_object *change = json_object_array_get_idx(changes, i);
        struct json_object *value = NULL;
        const char *path = json_object_get_string(json_object_object_get(change, "path"));
        if (json_object_object_get_ex(change, "old", &value)) {
            print_side(screen, '-', path, value);
        }
        if (json_object_object_get_ex(change, "new", &value)) {
            print_side(screen, '+', path, value);
        }
    }
}

void screen_on_poll(void *userdata, const struct poll_report *report)
{
    struct screen *screen = userdata;

    screen->polls++;
    screen->results[report->result]++;
    print_time(screen);
    (void)fprintf(screen->out, "poll     %-8s %s%3d  %s%s%s%s\n", report->source,
                  paint(screen, colour_of(report->result)), report->status,
                  say_result(report->result), report->detail ? ": " : "",
                  report->detail ? report->detail : "", paint(screen, PLAIN));
    for (size_t i = 0; report->events && i < report->events->n; i++) {
        print_changes(screen, &report->events->v[i]);
    }
}

static char *source_of(const struct webhook *webhook)
{
    AUTO_JSON struct json_object *body = NULL;
    struct json_object *source = NULL;

    if (json_read(&body, webhook->body, webhook->len, NULL, NULL) != 0 ||
        !json_object_object_get_ex(body, "source", &source)) {
        return NULL;
    }
    return strdup(json_object_get_string(source));
}

void screen_on_webhook(const struct webhook *webhook, void *userdata)
{
    struct screen *screen = userdata;
    double waited_ms = (double)(mono_us() - screen->answered_at_us) / 1000.0;
    AUTO_FREE char *source = source_of(webhook);

    screen->verified += webhook->fault ? 0 : 1;
    screen->refused += webhook->fault ? 1 : 0;
    print_time(screen);
    if (webhook->fault) {
        (void)fprintf(screen->out, "webhook  %sREFUSED: %s%s\n", paint(screen, RED), webhook->fault,
                      paint(screen, PLAIN));
        return;
    }
    (void)fprintf(
        screen->out, "webhook  %-8s %s%s, signature verified%s, %.1f ms after the answer  %s%s%s\n",
        source ? source : "?", paint(screen, GREEN), webhook->type ? webhook->type : "event",
        paint(screen, PLAIN), waited_ms, paint(screen, DIM), webhook->id, paint(screen, PLAIN));
}

void screen_end(struct screen *screen)
{
    (void)fprintf(screen->out,
                  "\n%zu polls: %zu first, %zu not modified, %zu unchanged, %zu changed; "
                  "%zu webhooks, all verified%s\n",
                  screen->polls, screen->results[POLL_BASELINE], screen->results[POLL_NOT_MODIFIED],
                  screen->results[POLL_UNCHANGED], screen->results[POLL_CHANGED], screen->verified,
                  screen->refused ? " but some" : "");
}
