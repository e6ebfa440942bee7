#include "bridge/cli/difference.h"

#include <errno.h>
#include <string.h>

#include <json-c/json.h>

#include "bridge/base/problem.h"
#include "bridge/base/terminal.h"
#include "bridge/cli/comparison.h"
#include "bridge/diff/keyed.h"
#include "bridge/diff/lines.h"
#include "bridge/diff/merge.h"
#include "bridge/diff/patch.h"
#include "bridge/diff/unified.h"
#include "bridge/model/event.h"
#include "bridge/model/json.h"
#include "bridge/poll/digest/document.h"
#include "bridge/spi/settings.h"

const char *const difference_format_names[] = {
    [DIFFERENCE_CHANGES] = "changes", [DIFFERENCE_PATCH] = "patch", [DIFFERENCE_MERGE] = "merge",
    [DIFFERENCE_EVENTS] = "events",   [DIFFERENCE_TEXT] = "text",   NULL,
};

struct printer {
    FILE *out;
    const struct comparison *comparison;
    bool coloured;
    bool tested;
};

static const char *paint(const struct printer *printer, enum colour colour)
{
    return terminal_paint(printer->coloured, colour);
}

// ---- JSON ----

static int print_json(FILE *out, struct json_object *value)
{
    AUTO_BUF struct buf text = { 0 };
    int r = json_write_pretty(&text, value);

    if (r == 0) {
        (void)fprintf(out, "%s\n", buf_str(&text));
    }
    return r;
}

static int print_patch(const struct printer *printer)
{
    const struct comparison *comparison = printer->comparison;
    AUTO_JSON struct json_object *patch = NULL;
    int r = printer->tested
                ? diff_patch_tested(comparison->old.document, comparison->new.document, &patch)
                : diff_patch(comparison->old.document, comparison->new.document, &patch);

    return r ? r : print_json(printer->out, patch);
}

static int print_merge(const struct printer *printer, struct problem **reterr)
{
    AUTO_JSON struct json_object *patch = NULL;
    int r = diff_merge(printer->comparison->old.document, printer->comparison->new.document, &patch,
                       reterr);

    return r ? (r > 0 ? COMPARISON_E_BAD : r) : print_json(printer->out, patch);
}

static int print_events(const struct printer *printer, struct problem **reterr)
{
    struct event_list events = { 0 };
    CLEANUP(problem_freep) struct problem *why = NULL;
    int r = comparison_events(printer->comparison, &events, &why);

    for (size_t i = 0; i < events.n; i++) {
        (void)fprintf(printer->out, "%.*s\n", (int)events.v[i].body.len, events.v[i].body.data);
    }
    event_list_deinit(&events);
    if (r == 0 && why) {
        *reterr = STEAL(why);
        r = COMPARISON_E_BAD;
    }
    return r;
}

// ---- text ----

// What a source decodes as text is shown as text.
static bool is_text_of_source(const struct comparison *comparison)
{
    return comparison->source && !comparison->source->rules.items &&
           unified_is_text(comparison->old.document) && unified_is_text(comparison->new.document);
}

static int write_side(struct buf *ret, const struct comparison *comparison,
                      const struct comparison_side *side)
{
    if (comparison->is_text) {
        return buf_append(ret, side->raw.data, side->raw.len);
    }
    if (is_text_of_source(comparison)) {
        return unified_write_text(ret, side->document);
    }
    // Canonical first, so that the order of members makes no difference.
    AUTO_BUF struct buf canonical = { 0 };
    AUTO_JSON struct json_object *sorted = NULL;
    int r = json_write_canonical(&canonical, side->document);
    r = r ? r : json_read(&sorted, buf_str(&canonical), canonical.len, NULL, NULL);
    r = r ? r : json_write_pretty(ret, sorted);
    return r ? r : buf_append_char(ret, '\n');
}

static enum colour colour_of_line(const char *line)
{
    switch (*line) {
    case '+': return GREEN;
    case '-': return RED;
    case '@': return CYAN;
    default: return PLAIN;
    }
}

static void print_lines(const struct printer *printer, const char *text)
{
    while (*text) {
        int len = (int)strcspn(text, "\n");
        enum colour colour = colour_of_line(text);
        bool painted = printer->coloured && colour != PLAIN;
        (void)fprintf(printer->out, "%s%.*s%s\n", painted ? paint(printer, colour) : "", len, text,
                      painted ? paint(printer, PLAIN) : "");
        text += len + (text[len] == '\n');
    }
}

static int print_text(const struct printer *printer)
{
    const struct comparison *comparison = printer->comparison;
    AUTO_BUF struct buf old = { 0 };
    AUTO_BUF struct buf new = { 0 };
    AUTO_BUF struct buf diff = { 0 };
    int r = write_side(&old, comparison, &comparison->old);

    r = r ? r : write_side(&new, comparison, &comparison->new);
    const struct lines_side sides[] = {
        { comparison->old.file, buf_str(&old), old.len },
        { comparison->new.file, buf_str(&new), new.len },
    };
    r = r ? r : diff_lines(&diff, &sides[0], &sides[1]);
    if (r == 0) {
        print_lines(printer, buf_str(&diff));
    }
    return r;
}

// ---- changes, for people ----

static int print_value(const struct printer *printer, char sign, const char *place,
                       struct json_object *value)
{
    AUTO_BUF struct buf text = { 0 };
    int r = json_write(&text, value);

    if (r == 0) {
        (void)fprintf(printer->out, "%s%c %s  %s%s\n", paint(printer, sign == '+' ? GREEN : RED),
                      sign, place, buf_str(&text), paint(printer, PLAIN));
    }
    return r;
}

static int print_change(const struct printer *printer, struct json_object *change)
{
    const char *path = json_object_get_string(json_object_object_get(change, "path"));
    const char *place = *path ? path : "(the whole)";
    struct json_object *value = NULL;
    int r = 0;

    if (json_object_object_get_ex(change, "old", &value)) {
        r = print_value(printer, '-', place, value);
    }
    if (r == 0 && json_object_object_get_ex(change, "new", &value)) {
        r = print_value(printer, '+', place, value);
    }
    return r;
}

static int print_changes(const struct printer *printer, struct json_object *old,
                         struct json_object *new)
{
    const struct source_settings *source = printer->comparison->source;
    AUTO_JSON struct json_object *changes = NULL;
    int r = diff_changes(old, new, source ? source->rules.ignore : NULL, &changes);

    for (size_t i = 0; r == 0 && i < json_object_array_length(changes); i++) {
        r = print_change(printer, json_object_array_get_idx(changes, i));
    }
    return r;
}

static int print_item(const struct printer *printer, const struct keyed_change *change)
{
    if (change->op == KEYED_CREATED) {
        return print_value(printer, '+', change->key, change->after);
    }
    if (change->op == KEYED_DELETED) {
        return print_value(printer, '-', change->key, change->before);
    }
    (void)fprintf(printer->out, "%s~ %s%s\n", paint(printer, YELLOW), change->key,
                  paint(printer, PLAIN));
    return print_changes(printer, change->before, change->after);
}

static int print_items(const struct printer *printer)
{
    const struct comparison *comparison = printer->comparison;
    const struct keyed_rules rules = document_keyed_rules(&comparison->rules);
    CLEANUP(keyed_changes_deinit) struct keyed_changes changes = { 0 };
    int r = keyed_diff(comparison->old.document, comparison->new.document, &rules, &changes, NULL);

    for (size_t i = 0; r == 0 && i < changes.n; i++) {
        r = print_item(printer, &changes.v[i]);
    }
    return r > 0 ? -EINVAL : r; // the keys were checked with the fingerprint
}

static int print_for_people(const struct printer *printer)
{
    const struct comparison *comparison = printer->comparison;

    if (comparison->is_text || is_text_of_source(comparison)) {
        return print_text(printer);
    }
    if (comparison->source && comparison->source->rules.items) {
        return print_items(printer);
    }
    return print_changes(printer, comparison->old.document, comparison->new.document);
}

int difference_print(FILE *out, const struct comparison *comparison,
                     const struct difference_style *style, struct problem **reterr)
{
    const struct printer printer = { out, comparison, style->coloured, style->tested };

    switch (style->format) {
    case DIFFERENCE_CHANGES: return print_for_people(&printer);
    case DIFFERENCE_PATCH: return print_patch(&printer);
    case DIFFERENCE_MERGE: return print_merge(&printer, reterr);
    case DIFFERENCE_EVENTS: return print_events(&printer, reterr);
    case DIFFERENCE_TEXT: return print_text(&printer);
    }
    return -EINVAL;
}
