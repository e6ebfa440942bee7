#include <stdio.h>
#include <string.h>

#include "bridge/base/problem.h"
#include "bridge/base/str.h"
#include "bridge/model/json-reader.h"
#include "bridge/model/json.h"

static bool is_plain_name(const struct json_raw *name)
{
    for (size_t i = 0; i < name->len; i++) {
        char c = name->text[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
        if (!letter && !(i > 0 && c >= '0' && c <= '9')) {
            return false;
        }
    }
    return name->len > 0;
}

// Long names are cut: the path is for people.
static int append_path(struct buf *path, const struct place *place)
{
    if (!place) {
        return 0;
    }
    int error = append_path(path, place->up);
    if (error) {
        return error;
    }
    if (!place->name) {
        return buf_printf(path, "%s[%zu]", path->len == 0 ? "." : "", place->index);
    }
    const char *name = place->name->text;
    size_t len = str_cut(name, place->name->len, 80);
    return buf_printf(path, is_plain_name(place->name) ? ".%.*s" : ".[\"%.*s\"]", (int)len, name);
}

static void find_line(const struct reader *reader, const char *where, unsigned *ret_line,
                      unsigned *ret_column)
{
    const char *line_start = reader->text;
    unsigned line = 1;
    const char *feed;
    while ((feed = memchr(line_start, '\n', (size_t)(where - line_start)))) {
        line_start = feed + 1;
        line++;
    }
    unsigned column = 1;
    for (const char *c = line_start; c < where; c++) {
        column += ((unsigned char)*c & 0xc0) != 0x80; // characters, not bytes
    }
    *ret_line = line;
    *ret_column = column;
}

int report_fault(struct reader *reader, const struct place *place, const struct fault *fault)
{
    if (!reader->reterr) {
        return fault->error;
    }
    AUTO_BUF struct buf path = { 0 };
    unsigned line;
    unsigned column;
    find_line(reader, fault->where, &line, &column);
    if (append_path(&path, place)) {
        return fault->error;
    }
    return problem_set_at(reader->reterr, fault->error, fault->code, NULL, line, column, "%s at %s",
                          fault->what, path.len > 0 ? path.data : ".");
}

int report_syntax(struct reader *reader, const struct place *place, const char *where,
                  const char *what)
{
    char words[120];
    struct fault fault = { JSON_E_SYNTAX, "json_syntax", words, where };
    if (where >= reader->end && reader->cut) {
        fault.what = "invalid UTF-8";
    } else if (where >= reader->end) {
        fault.what = reader->end == reader->text ? "the text is empty" : "the text ends too early";
    } else if (*where > ' ' && *where < 0x7f) {
        (void)snprintf(words, sizeof(words), "%s, found '%c'", what, *where);
    } else {
        fault.what = what;
    }
    return report_fault(reader, place, &fault);
}

int report_limit(struct reader *reader, const struct place *place, const char *where,
                 const char *what)
{
    const struct fault fault = { JSON_E_LIMIT, "json_limit", what, where };
    return report_fault(reader, place, &fault);
}
