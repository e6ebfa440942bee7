// A template is a list of parts: each is some text, then perhaps a place.

#include <errno.h>
#include <string.h>

#include <json-c/json.h>

#include "bridge/base/buf.h"
#include "bridge/base/problem.h"
#include "bridge/expr/expr.h"
#include "bridge/expr/path.h"
#include "bridge/model/json.h"

#define PARTS_MAX 1000

struct part {
    size_t start; // of the plain text before the place
    size_t len;
    bool has_place;
    struct path path;
};

struct template
{
    char *text;
    struct part *parts;
    size_t n;
};

// A mistake at `at`, which points into the text.
static int fail(const struct template *template, const char *at, struct problem **reterr,
                const char *message)
{
    unsigned line = 1;
    unsigned column = 1;
    for (const char *c = template->text; c < at; c++) {
        column = *c == '\n' ? 1 : column + 1;
        line += *c == '\n';
    }
    return problem_set_at(reterr, EXPR_E_SYNTAX, "template_syntax", NULL, line, column, "%s",
                          message);
}

static int add_part(struct template *template, struct part part)
{
    struct part *parts = reallocarray(template->parts, template->n + 1, sizeof(*template->parts));
    if (parts == NULL) {
        path_deinit(&part.path);
        return -ENOMEM;
    }
    template->parts = parts;
    template->parts[template->n++] = part;
    return 0;
}

// The place whose "{{" is at `open`; *ret_end is set behind its "}}".
static int parse_place(const struct template *template, const char *open, struct path *ret,
                       const char **ret_end, struct problem **reterr)
{
    const char *close = strstr(open + 2, "}}");
    if (close == NULL) {
        return fail(template, open, reterr, "the closing }} is missing");
    }
    AUTO_FREE char *inside = strndup(open + 2, (size_t)(close - open - 2));
    if (inside == NULL) {
        return -ENOMEM;
    }
    CLEANUP(problem_freep) struct problem *detail = NULL;
    int r = path_parse(ret, inside, PATH_PLAIN, &detail);
    if (r != 0) {
        size_t column = detail == NULL || detail->column == 0 ? 0 : detail->column - 1;
        return r < 0 ? r
                     : fail(template, open + 2 + column, reterr,
                            detail == NULL ? "a place holds a path" : detail->message);
    }
    *ret_end = close + 2;
    if (path_has_each(ret)) {
        path_deinit(ret);
        return fail(template, open, reterr,
                    "a place holds one value, but a path with [] names many");
    }
    return 0;
}

static int parse(struct template *template, struct problem **reterr)
{
    const char *at = template->text;
    while (*at != '\0') {
        const char *open = strstr(at, "{{");
        struct part part = { .start = (size_t)(at - template->text) };
        if (template->n == PARTS_MAX) {
            return fail(template, at, reterr, "a template has at most 1000 places");
        }
        part.len = open == NULL ? strlen(at) : (size_t)(open - at);
        at += part.len;
        if (open != NULL) {
            int r = parse_place(template, open, &part.path, &at, reterr);
            if (r != 0) {
                return r;
            }
            part.has_place = true;
        }
        int r = add_part(template, part);
        if (r != 0) {
            return r;
        }
    }
    return 0;
}

int template_new(struct template **ret, const char *text, struct problem **reterr)
{
    CLEANUP(template_freep) struct template *template = calloc(1, sizeof(*template));
    if (template == NULL) {
        return -ENOMEM;
    }
    template->text = strdup(text);
    int r = template->text == NULL ? -ENOMEM : parse(template, reterr);
    if (r != 0) {
        return r;
    }
    *ret = STEAL(template);
    return 0;
}

struct template *template_free(struct template *template)
{
    if (template != NULL) {
        for (size_t i = 0; i < template->n; i++) {
            path_deinit(&template->parts[i].path);
        }
        free(template->parts);
        free(template->text);
        free(template);
    }
    return NULL;
}

const char *template_text(const struct template *template)
{
    return template->text;
}

bool template_is_plain(const struct template *template)
{
    for (size_t i = 0; i < template->n; i++) {
        if (template->parts[i].has_place) {
            return false;
        }
    }
    return true;
}

static int not_text(const struct path *path, struct problem **reterr)
{
    AUTO_BUF struct buf place = { 0 };
    int r = path_format(&place, path, path->n);
    return r != 0 ? r
                  : problem_set(reterr, EXPR_E_FAILED, "template_type",
                                "%s is an object or a list, which cannot stand in a text",
                                buf_str(&place));
}

static int insert(const struct path *path, struct json_object *input, struct buf *ret,
                  struct problem **reterr)
{
    AUTO_JSON struct json_object *value = NULL;
    int r = path_first(path, input, &value, reterr);
    if (r != 0) {
        return r;
    }
    switch (json_object_get_type(value)) {
    case json_type_object:
    case json_type_array: return not_text(path, reterr);
    case json_type_string:
        return buf_append(ret, json_object_get_string(value),
                          (size_t)json_object_get_string_len(value));
    case json_type_null:
    case json_type_boolean:
    case json_type_int:
    case json_type_double: break;
    }
    return json_write(ret, value);
}

int template_render(const struct template *template, struct json_object *input, struct buf *ret,
                    struct problem **reterr)
{
    int r = 0;
    for (size_t i = 0; i < template->n && r == 0; i++) {
        const struct part *part = &template->parts[i];
        r = buf_append(ret, template->text + part->start, part->len);
        if (r == 0 && part->has_place) {
            r = insert(&part->path, input, ret, reterr);
        }
    }
    return r;
}
