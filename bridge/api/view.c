#include "bridge/api/view.h"

#include <string.h>

#include "bridge/base/clock.h"
#include "bridge/base/encode.h"
#include "bridge/base/str.h"
#include "bridge/base/units.h"

void view_deinit(struct view *view)
{
    buf_deinit(&view->text);
}

static void put(struct view *view, const char *text, size_t len)
{
    if (view->error == 0) {
        view->error = buf_append(&view->text, text, len);
    }
}

static void put_quoted(struct view *view, const char *text, size_t len)
{
    if (view->error == 0) {
        view->error = quote_json(&view->text, text, len);
    }
}

// What stands before every value.
static void begin(struct view *view, const char *name)
{
    if (view->follows) {
        put(view, ",", 1);
    }
    if (name) {
        put_quoted(view, name, strlen(name));
        put(view, ":", 1);
    }
    view->follows = true;
}

void view_open(struct view *view, const char *name, char bracket)
{
    begin(view, name);
    put(view, &bracket, 1);
    view->follows = false;
}

void view_close(struct view *view, char bracket)
{
    put(view, &bracket, 1);
    view->follows = true;
}

void view_json(struct view *view, const char *name, const char *json, size_t len)
{
    begin(view, name);
    put(view, json, len);
}

void view_null(struct view *view, const char *name)
{
    view_json(view, name, "null", strlen("null"));
}

void view_bytes(struct view *view, const char *name, const void *data, size_t len)
{
    begin(view, name);
    put_quoted(view, data, len);
}

void view_text(struct view *view, const char *name, const char *text)
{
    if (text) {
        view_bytes(view, name, text, strlen(text));
    } else {
        view_null(view, name);
    }
}

void view_number(struct view *view, const char *name, int64_t number)
{
    begin(view, name);
    if (view->error == 0) {
        view->error = buf_printf(&view->text, "%lld", (long long)number);
    }
}

void view_number_or_null(struct view *view, const char *name, int64_t number)
{
    if (number) {
        view_number(view, name, number);
    } else {
        view_null(view, name);
    }
}

void view_flag(struct view *view, const char *name, bool flag)
{
    const char *word = flag ? "true" : "false";
    view_json(view, name, word, strlen(word));
}

void view_time(struct view *view, const char *name, int64_t wall_at_ms)
{
    char text[CLOCK_RFC3339_SIZE];
    if (wall_at_ms > 0) {
        clock_format_rfc3339(wall_at_ms, text);
    }
    view_text(view, name, wall_at_ms > 0 ? text : NULL);
}

void view_duration(struct view *view, const char *name, int64_t ms)
{
    char text[32];
    duration_format(ms, text, sizeof(text));
    view_text(view, name, text);
}

void view_begin_page(struct view *view)
{
    view_open(view, NULL, '{');
    view_open(view, "data", '[');
}

void view_end_page(struct view *view, const char *iterator, bool done)
{
    view_close(view, ']');
    view_text(view, "iterator", iterator);
    view_flag(view, "done", done);
    view_close(view, '}');
}
