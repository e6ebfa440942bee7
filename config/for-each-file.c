// The rows of a file for `for_each`: CSV, YAML or lines.
#include <errno.h>
#include <string.h>

#include <json-c/json.h>

#include "bridge/base/buf.h"
#include "bridge/base/csv-reader.h"
#include "bridge/base/problem.h"
#include "bridge/base/str.h"
#include "bridge/model/json.h"
#include "bridge/spi/settings.h"
#include "config/for-each.h"
#include "config/secrets.h"
#include "config/tree.h"

static void report(struct for_each_rows *rows, struct place place, const char *code,
                   const char *words)
{
    problem_list_add(rows->binder->problems, place, code, "%s", words);
    rows->full = true;
}

static struct json_object *new_text(const char *text, size_t len)
{
    return json_object_new_string_len(text, (int)len); // the file is no longer than an int counts
}

// ---- lines ----

static void read_lines(struct for_each_rows *rows, const char *text)
{
    for (unsigned line = 1; *text && !rows->full; line++) {
        size_t len = strcspn(text, "\n");
        size_t used = len;
        while (used > 0 && strchr(" \t\r", text[used - 1])) {
            used--;
        }
        if (used > 0 && *text != '#') {
            AUTO_JSON struct json_object *element = new_text(text, used);
            if (!element) {
                rows->full = !binder_no_memory(rows->binder);
                return;
            }
            (void)for_each_add(rows, (struct place){ line, 1 }, element);
        }
        text += len + (text[len] == '\n');
    }
}

// ---- CSV ----

struct csv {
    struct for_each_rows *rows;
    struct csv_reader reader;
    struct json_object *columns; // owned; the names, in an array
};

static void csv_deinit(struct csv *csv)
{
    csv_reader_deinit(&csv->reader);
    (void)json_object_put(csv->columns);
}

static const char *column_name(const struct csv *csv, size_t i)
{
    return json_object_get_string(json_object_array_get_idx(csv->columns, i));
}

static bool add_column(struct csv *csv, size_t i)
{
    struct place place = { csv->reader.row_line, 1 };
    const char *name = csv_reader_text(&csv->reader, i);
    if (csv->reader.fields[i].len == 0) {
        report(csv->rows, place, "csv_header",
               "a column has no name; the first line of the file names every column");
        return false;
    }
    for (size_t k = 0; k < i; k++) {
        if (str_eq(column_name(csv, k), name)) {
            report(csv->rows, place, "csv_header",
                   "two columns have the same name; rename or remove one of them");
            return false;
        }
    }
    struct json_object *text = json_object_new_string(name);
    if (!text || json_object_array_add(csv->columns, text) != 0) {
        (void)json_object_put(text);
        return binder_no_memory(csv->rows->binder);
    }
    return true;
}

static bool read_header(struct csv *csv)
{
    csv->columns = json_object_new_array();
    bool ok = csv->columns || binder_no_memory(csv->rows->binder);
    for (size_t i = 0; ok && i < csv->reader.n; i++) {
        ok = add_column(csv, i);
    }
    return ok;
}

static bool make_row(const struct csv *csv, struct json_object *row)
{
    for (size_t i = 0; i < csv->reader.n; i++) {
        struct json_object *text =
            new_text(csv_reader_text(&csv->reader, i), csv->reader.fields[i].len);
        if (!text || json_object_object_add(row, column_name(csv, i), text) != 0) {
            (void)json_object_put(text);
            return false;
        }
    }
    return true;
}

static void add_row(struct csv *csv)
{
    struct for_each_rows *rows = csv->rows;
    struct place place = { csv->reader.row_line, 1 };
    size_t width = json_object_array_length(csv->columns);
    AUTO_JSON struct json_object *row = json_object_new_object();
    if (csv->reader.n != width) {
        problem_list_add(rows->binder->problems, place, "csv_fields",
                         "this row has %zu fields where the first line names %zu columns; a field "
                         "with a comma in it needs quotes",
                         csv->reader.n, width);
        rows->full = true; // the rows behind it are most likely read wrongly too
    } else if (row && make_row(csv, row)) {
        (void)for_each_add(rows, place, row);
    } else {
        rows->full = !binder_no_memory(rows->binder);
    }
}

static void read_csv(struct for_each_rows *rows, const char *text, size_t len, char delimiter)
{
    CLEANUP(csv_deinit)
    struct csv csv = {
        .rows = rows,
        .reader = { .at = text, .end = text + len, .delimiter = delimiter, .line = 1 },
    };
    struct problem *why = NULL;
    int r = CSV_ROW;
    while (!rows->full && (r = csv_reader_next(&csv.reader, &why)) == CSV_ROW) {
        if (csv.columns) {
            add_row(&csv);
        } else if (!read_header(&csv)) {
            return;
        }
    }
    if (r == CSV_E_BAD) {
        problem_list_take(rows->binder->problems, (struct place){ csv.reader.line, 1 }, why);
    } else if (r < 0) {
        (void)binder_no_memory(rows->binder);
    }
}

// ---- YAML ----

static void read_yaml(struct for_each_rows *rows, const char *text, size_t len)
{
    struct tree tree = { 0 };
    int r = tree_read(&tree, text, len, rows->binder->problems);
    if (r == 0) {
        for_each_add_nodes(rows, &tree.root);
    } else if (r < 0) {
        (void)binder_no_memory(rows->binder);
    }
    tree_deinit(&tree);
}

// ---- the file ----

static const char *why_unreadable(int error)
{
    switch (error) {
    case -EISDIR: return "it is no regular file";
    case -EMSGSIZE: return "it is larger than 64 MiB";
    default: return strerror(-error);
    }
}

static int format_of(const struct for_each_settings *settings)
{
    const char *file = settings->file;
    if (settings->format != FOR_EACH_AUTO) {
        return settings->format;
    }
    if (str_ends(file, ".csv") || str_ends(file, ".tsv")) {
        return FOR_EACH_CSV;
    }
    bool is_yaml = str_ends(file, ".yaml") || str_ends(file, ".yml") || str_ends(file, ".json");
    return is_yaml ? FOR_EACH_YAML : FOR_EACH_LINES;
}

static void read_rows(struct for_each_rows *rows, const char *text, size_t len)
{
    static const char bom[] = "\xEF\xBB\xBF";
    const struct for_each_settings *settings = &rows->source->for_each;
    size_t skip = str_starts(text, bom) ? strlen(bom) : 0;
    size_t bad = 0;
    if (!str_is_utf8(text, len, &bad) || strlen(text) != len) {
        report(rows, (struct place){ 0 }, "bad_text",
               "the file is no text in UTF-8; save it as one");
        return;
    }
    switch (format_of(settings)) {
    case FOR_EACH_CSV:
        read_csv(rows, text + skip, len - skip, str_ends(settings->file, ".tsv") ? '\t' : ',');
        break;
    case FOR_EACH_YAML: read_yaml(rows, text + skip, len - skip); break;
    default: read_lines(rows, text + skip); break;
    }
}

void for_each_read_file(struct for_each_rows *rows, struct place place)
{
    struct problem_list *problems = rows->binder->problems;
    const char *file = rows->source->for_each.file;
    AUTO_BUF struct buf content = { .max = TREE_TEXT_MAX };
    int r = read_regular_file(rows->binder->settings, file, &content);
    if (r == -ENOMEM) {
        (void)binder_no_memory(rows->binder);
        return;
    }
    if (r != 0) {
        problem_list_add(problems, place, "missing_file",
                         "the file \"%s\" of for_each cannot be read: %s; create it or correct the "
                         "path",
                         file, why_unreadable(r));
        return;
    }
    const char *before = problems->file; // its rows have places of their own
    problems->file = file;
    read_rows(rows, buf_str(&content), content.len);
    for_each_finish(rows);
    problems->file = before;
}
