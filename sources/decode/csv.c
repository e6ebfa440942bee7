#include "sources/decode/csv.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include <json-c/json.h>

#include "bridge/base/csv-reader.h"
#include "bridge/base/problem.h"
#include "bridge/base/str.h"
#include "bridge/model/http.h"
#include "bridge/model/json.h"
#include "bridge/spi/source.h"
#include "sources/decode/answer-text.h"
#include "sources/decode/format.h"
#include "sources/decode/media-type.h"

struct table {
    struct csv_reader reader;
    struct json_object *rows;   // owned
    struct json_object *header; // owned; array of the names; NULL without a header
    size_t width;               // fields of a row; 0: not known yet
    size_t values;
    struct problem **reterr;
};

static void table_deinit(struct table *table)
{
    csv_reader_deinit(&table->reader);
    (void)json_object_put(table->rows);
    (void)json_object_put(table->header);
}

static int new_field(const struct table *table, size_t i, struct json_object **ret)
{
    size_t len = table->reader.fields[i].len;
    if (len > INT_MAX) { // json-c counts the bytes of a string in an int
        return answer_too_many("bytes in one field", table->reterr);
    }
    *ret = json_object_new_string_len(csv_reader_text(&table->reader, i), (int)len);
    return *ret ? 0 : -ENOMEM;
}

static int add_to_array(struct json_object *array, struct json_object *take)
{
    if (json_object_array_add(array, take) < 0) {
        (void)json_object_put(take);
        return -ENOMEM;
    }
    return 0;
}

// Takes `take`, also on failure.
static int add_named(struct json_object *row, const char *name, struct json_object *take)
{
    if (json_object_object_add(row, name, take) < 0) {
        (void)json_object_put(take);
        return -ENOMEM;
    }
    return 0;
}

static int check_width(struct table *table)
{
    size_t n = table->reader.n;
    unsigned line = table->reader.row_line;
    if (table->width == 0) {
        table->width = n;
    }
    if (n != table->width) {
        return problem_set_at(table->reterr, SOURCE_E_BAD_ANSWER, "csv_fields", NULL, line, 0,
                              "line %u has %zu fields where the first row has %zu; is the answer "
                              "cut off, or `csv.delimiter` another one?",
                              line, n, table->width);
    }
    table->values += n + 1;
    return table->values > DECODE_VALUES_MAX ? answer_too_many("fields", table->reterr) : 0;
}

static int read_row(struct table *table)
{
    AUTO_JSON struct json_object *row =
        table->header ? json_object_new_object() : json_object_new_array();
    int r = row ? 0 : -ENOMEM;
    for (size_t i = 0; r == 0 && i < table->reader.n; i++) {
        struct json_object *field = NULL;
        r = new_field(table, i, &field);
        if (r == 0 && table->header) {
            struct json_object *name = json_object_array_get_idx(table->header, i);
            r = add_named(row, json_object_get_string(name), field);
        } else if (r == 0) {
            r = add_to_array(row, field);
        }
    }
    return r ? r : add_to_array(table->rows, STEAL(row));
}

// A column without a name is called by its number, as spreadsheets leave the first one blank.
static int make_name(const struct table *table, size_t i, struct json_object **ret)
{
    if (table->reader.fields[i].len > 0) {
        return new_field(table, i, ret);
    }
    AUTO_FREE char *name = str_printf("column %zu", i + 1);
    *ret = name ? json_object_new_string(name) : NULL;
    return *ret ? 0 : -ENOMEM;
}

static int refuse_twice(const struct table *table, struct json_object *name)
{
    AUTO_FREE char *shown =
        answer_shown(json_object_get_string(name), (size_t)json_object_get_string_len(name));
    return problem_set_at(table->reterr, SOURCE_E_BAD_ANSWER, "csv_header", NULL,
                          table->reader.row_line, 0,
                          "the header names \"%s\" twice; with `csv.header: false` rows are read "
                          "as arrays",
                          shown ? shown : "");
}

static int read_header(struct table *table)
{
    AUTO_JSON struct json_object *seen = json_object_new_object();
    table->header = json_object_new_array();
    int r = seen && table->header ? check_width(table) : -ENOMEM;
    for (size_t i = 0; r == 0 && i < table->reader.n; i++) {
        struct json_object *name = NULL;
        r = make_name(table, i, &name);
        r = r ? r : add_to_array(table->header, name);
        if (r == 0 && json_object_object_get_ex(seen, json_object_get_string(name), NULL)) {
            return refuse_twice(table, name);
        }
        r = r ? r : add_named(seen, json_object_get_string(name), NULL);
    }
    return r;
}

static int read_table(struct table *table, bool header)
{
    int r = csv_reader_next(&table->reader, table->reterr);
    if (r == CSV_ROW && header) {
        r = read_header(table);
        r = r ? r : csv_reader_next(&table->reader, table->reterr);
    }
    while (r == CSV_ROW) {
        r = check_width(table);
        r = r ? r : read_row(table);
        r = r ? r : csv_reader_next(&table->reader, table->reterr);
    }
    return r == CSV_END ? 0 : r;
}

_Static_assert((int)CSV_E_BAD == (int)SOURCE_E_BAD_ANSWER, "a result is passed on");

static char delimiter_of(const struct http_response *response, const struct csv_settings *csv)
{
    if (csv->delimiter) {
        return csv->delimiter[0];
    }
    struct media_type type = media_type_of(headers_get(&response->headers, "Content-Type"));
    return media_type_is(type, "text/tab-separated-values") ? '\t' : ',';
}

int decode_csv(const struct http_response *response, const struct decode_settings *settings,
               struct json_object **ret, struct problem **reterr)
{
    AUTO_TEXT struct answer_text text = { 0 };
    int r = answer_text_get(&text, response, settings, TEXT_DECLARES_NOTHING, reterr);
    if (r || answer_text_is_blank(&text)) {
        return r ? r : answer_empty(settings, ret, reterr);
    }
    CLEANUP(table_deinit)
    struct table table = {
        .reader = { .at = text.data, .end = text.data + text.len, .line = 1 },
        .rows = json_object_new_array(),
        .reterr = reterr,
    };
    table.reader.delimiter = delimiter_of(response, &settings->csv);
    r = table.rows ? read_table(&table, settings->csv.header) : -ENOMEM;
    if (r == 0) {
        *ret = STEAL(table.rows);
    }
    return r;
}
