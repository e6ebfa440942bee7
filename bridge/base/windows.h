#pragma once
// Hours of the week in which something may be done: "mon-fri from 08:00 to 18:00". Plain data.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct time_zone;

struct window {
    uint8_t weekdays; // bit 0: Sunday; of the day on which it opens
    int from_minute;  // of the day
    int to_minute;    // up to 1440; not behind from_minute: of the next day
};

struct window_list {
    struct window *v; // owned
    size_t n;         // 0: always
};

// "mon-fri", "sat,sun", "daily"
bool window_days_parse(const char *text, uint8_t *ret);
// "08:00", "24:00"
bool window_time_parse(const char *text, int *ret_minute);

// The first instant from at_s on at which a window is open: at_s itself when one is.
int64_t windows_next(const struct window_list *windows, const struct time_zone *zone, int64_t at_s);
