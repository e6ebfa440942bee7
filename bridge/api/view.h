#pragma once
// JSON as the API answers it, written straight to text. Good on any thread.
//
//   struct view view = { 0 };
//   view_open(&view, NULL, '{');
//   view_text(&view, "name", name);   // NULL: null
//   view_close(&view, '}');
//
// The first failure is kept in `error`; nothing after it is written.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/base/buf.h"

struct view {
    struct buf text;
    bool follows; // a comma is due before the next value
    int error;    // 0 or -errno
};

#define AUTO_VIEW CLEANUP(view_deinit)
void view_deinit(struct view *view);

// `name` is that of the member; NULL within an array and for the whole.
void view_open(struct view *view, const char *name, char bracket); // '{' or '['
void view_close(struct view *view, char bracket);                  // '}' or ']'
void view_null(struct view *view, const char *name);
void view_text(struct view *view, const char *name, const char *text); // NULL: null
void view_number(struct view *view, const char *name, int64_t number);
void view_number_or_null(struct view *view, const char *name, int64_t number); // 0: null
void view_flag(struct view *view, const char *name, bool flag);
void view_time(struct view *view, const char *name, int64_t wall_at_ms); // 0: null
void view_duration(struct view *view, const char *name, int64_t ms);
void view_json(struct view *view, const char *name, const char *json, size_t len);  // as it is
void view_bytes(struct view *view, const char *name, const void *data, size_t len); // as a string

// Ends a list that was opened as {"data":[ : its iterator (NULL: null) and whether it was the last.
void view_end_page(struct view *view, const char *iterator, bool done);
void view_begin_page(struct view *view);
