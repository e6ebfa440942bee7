#include "bridge/base/csv-reader.h"

#include <errno.h>
#include <string.h>

#include "bridge/base/problem.h"

void csv_reader_deinit(struct csv_reader *reader)
{
    free(reader->fields);
    buf_deinit(&reader->scratch);
    *reader = (struct csv_reader){ 0 };
}

const char *csv_reader_text(const struct csv_reader *reader, size_t field)
{
    return buf_str(&reader->scratch) + reader->fields[field].start;
}

static bool at_line_end(const struct csv_reader *reader)
{
    return reader->at == reader->end || *reader->at == '\n' || *reader->at == '\r';
}

static void skip_line_end(struct csv_reader *reader)
{
    if (reader->at == reader->end) {
        return;
    }
    bool two = reader->end - reader->at >= 2 && memcmp(reader->at, "\r\n", 2) == 0;
    reader->at += two ? 2 : 1;
    reader->line++;
}

static int refuse(const struct csv_reader *reader, const char *words, struct problem **reterr)
{
    return problem_set_at(reterr, CSV_E_BAD, "csv_syntax", NULL, reader->line, 0, "line %u: %s",
                          reader->line, words);
}

static void count_lines(struct csv_reader *reader, const char *from, const char *to)
{
    for (; from < to; from++) {
        bool lone = *from == '\r' && from + 1 < reader->end && from[1] != '\n';
        reader->line += *from == '\n' || lone ? 1U : 0U;
    }
}

static int read_quoted(struct csv_reader *reader, struct problem **reterr)
{
    const struct csv_reader opening = *reader;
    reader->at++;
    for (;;) {
        const char *quote = memchr(reader->at, '"', (size_t)(reader->end - reader->at));
        if (!quote) {
            return refuse(&opening, "a quoted field has no end", reterr);
        }
        bool doubled = quote + 1 < reader->end && quote[1] == '"';
        size_t len = (size_t)(quote - reader->at) + (doubled ? 1 : 0);
        int r = buf_append(&reader->scratch, reader->at, len);
        if (r) {
            return r;
        }
        count_lines(reader, reader->at, quote);
        reader->at = quote + (doubled ? 2 : 1);
        if (!doubled) {
            break;
        }
    }
    if (!at_line_end(reader) && *reader->at != reader->delimiter) {
        return refuse(reader, "a quoted field is followed by text", reterr);
    }
    return 0;
}

static int read_plain(struct csv_reader *reader)
{
    const char *start = reader->at;
    while (!at_line_end(reader) && *reader->at != reader->delimiter) {
        reader->at++;
    }
    return buf_append(&reader->scratch, start, (size_t)(reader->at - start));
}

static int add_field(struct csv_reader *reader, size_t start)
{
    if (reader->n == reader->cap) {
        size_t cap = reader->cap ? reader->cap * 2 : 16;
        struct csv_field *fields = reallocarray(reader->fields, cap, sizeof(*fields));
        if (!fields) {
            return -ENOMEM;
        }
        reader->fields = fields;
        reader->cap = cap;
    }
    reader->fields[reader->n++] = (struct csv_field){ start, reader->scratch.len - start };
    return buf_append_char(&reader->scratch, '\0'); // so that a field can be used as text
}

static int read_field(struct csv_reader *reader, struct problem **reterr)
{
    size_t start = reader->scratch.len;
    bool quoted = reader->at < reader->end && *reader->at == '"';
    int r = quoted ? read_quoted(reader, reterr) : read_plain(reader);
    return r ? r : add_field(reader, start);
}

int csv_reader_next(struct csv_reader *reader, struct problem **reterr)
{
    buf_clear(&reader->scratch);
    reader->n = 0;
    while (reader->at < reader->end && at_line_end(reader)) {
        skip_line_end(reader);
    }
    if (reader->at == reader->end) {
        return CSV_END;
    }
    reader->row_line = reader->line;
    int r = read_field(reader, reterr);
    while (r == 0 && !at_line_end(reader)) {
        reader->at++; // the delimiter
        r = read_field(reader, reterr);
    }
    if (r == 0) {
        skip_line_end(reader);
    }
    return r;
}
