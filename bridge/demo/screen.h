#pragma once
// What the demo shows: a line per poll, the difference in colour, a line per webhook, the sums.
// Colours on a terminal only (and never with NO_COLOR). Loop thread.

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "bridge/model/observer.h"

struct webhook;

struct screen {
    FILE *out;
    bool coloured;
    int64_t answered_at_us; // monotonic: when the last changed answer came in
    size_t polls;
    size_t results[POLL_THROTTLED + 1];
    size_t verified;
    size_t refused;
};

void screen_init(struct screen *screen, FILE *out);
// Shown before anything moves.
void screen_begin(struct screen *screen, const char *yaml);
// Members of struct observer and of the receiver; userdata is the screen.
void screen_on_response(void *userdata, const char *source, const struct http_response *response);
void screen_on_poll(void *userdata, const struct poll_report *report);
void screen_on_webhook(const struct webhook *webhook, void *userdata);
void screen_end(struct screen *screen);
