#include "bridge/cli/listing.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "bridge/base/buf.h"
#include "bridge/base/str.h"
#include "bridge/cli/offline.h"
#include "bridge/model/http.h"
#include "bridge/model/json.h"

#define PAGE_MOST 250

// Whom to ask: found out with the first question.
struct source_of_rows {
    const struct cli *cli;
    const struct daemon *daemon;
    struct offline *offline; // NULL: the daemon
};

const char *listing_text(struct json_object *row, const char *name)
{
    struct json_object *value = NULL;

    return json_object_object_get_ex(row, name, &value) && value ? json_object_get_string(value)
                                                                 : "";
}

static enum exit_code ask(struct source_of_rows *from, const char *path, struct json_object **ret)
{
    bool is_down = false;

    if (from->offline) {
        return offline_ask(from->offline, path, ret);
    }
    enum exit_code code = daemon_try(from->cli, from->daemon, path, ret, &is_down);
    if (!is_down) {
        return code;
    }
    code = offline_open(&from->offline, from->cli, from->daemon->config);
    return code == EXIT_OK ? offline_ask(from->offline, path, ret) : code;
}

static int append_field(struct buf *path, const char *name, const char *value)
{
    int r = value ? buf_printf(path, "%c%s=", strchr(buf_str(path), '?') ? '&' : '?', name) : 0;

    return r || !value ? r : url_encode(path, value);
}

static char *page_path(const struct listing *listing, int64_t limit, const char *iterator)
{
    AUTO_BUF struct buf path = { 0 };
    char number[24];
    int r = buf_append_str(&path, listing->path);

    (void)snprintf(number, sizeof(number), "%lld", (long long)limit);
    r = r ? r : append_field(&path, "limit", number);
    r = r ? r : append_field(&path, "iterator", iterator);
    for (size_t i = 0; r == 0 && i < listing->field_count; i++) {
        r = append_field(&path, listing->fields[i].name, listing->fields[i].value);
    }
    return r == 0 ? strdup(buf_str(&path)) : NULL;
}

static void print_json(struct json_object *row, bool pretty)
{
    AUTO_BUF struct buf text = { 0 };

    if ((pretty ? json_write_pretty(&text, row) : json_write(&text, row)) == 0) {
        (void)printf("%s\n", buf_str(&text));
    }
}

static size_t print_rows(const struct daemon *daemon, const struct listing *listing,
                         struct json_object *page)
{
    struct json_object *data = NULL;
    size_t n =
        json_object_object_get_ex(page, "data", &data) && json_object_is_type(data, json_type_array)
            ? json_object_array_length(data)
            : 0;

    for (size_t i = 0; i < n; i++) {
        struct json_object *row = json_object_array_get_idx(data, i);
        if (daemon->as_json) {
            print_json(row, false);
        } else {
            listing->print(row);
        }
    }
    return n;
}

static enum exit_code print_pages(struct source_of_rows *from, const struct listing *listing)
{
    int64_t left = listing->limit ? listing->limit : INT64_MAX;
    AUTO_FREE char *iterator = NULL;
    bool headed = from->daemon->as_json || !listing->heading;

    while (left > 0) {
        AUTO_FREE char *path = page_path(listing, left < PAGE_MOST ? left : PAGE_MOST, iterator);
        AUTO_JSON struct json_object *page = NULL;
        enum exit_code code = path ? ask(from, path, &page) : EXIT_TROUBLE;
        if (code != EXIT_OK) {
            return code;
        }
        if (!headed) {
            (void)printf("%s\n", listing->heading);
            headed = true;
        }
        left -= (int64_t)print_rows(from->daemon, listing, page);
        free(iterator);
        iterator = strdup(listing_text(page, "iterator"));
        if (!iterator) {
            return EXIT_TROUBLE;
        }
        if (!*iterator || str_eq(listing_text(page, "done"), "true")) {
            break;
        }
    }
    return EXIT_OK;
}

enum exit_code listing_print(const struct cli *cli, const struct daemon *daemon,
                             const struct listing *listing)
{
    struct source_of_rows from = { .cli = cli, .daemon = daemon };
    enum exit_code code = print_pages(&from, listing);

    (void)offline_close(from.offline);
    return code;
}

enum exit_code listing_ask_one(const struct cli *cli, const struct daemon *daemon, const char *path,
                               struct json_object **ret)
{
    struct source_of_rows from = { .cli = cli, .daemon = daemon };
    enum exit_code code = ask(&from, path, ret);

    (void)offline_close(from.offline);
    return code;
}

enum exit_code listing_print_one(const struct cli *cli, const struct daemon *daemon,
                                 const char *path)
{
    AUTO_JSON struct json_object *answer = NULL;
    enum exit_code code = listing_ask_one(cli, daemon, path, &answer);

    if (code == EXIT_OK) {
        print_json(answer, !daemon->as_json);
    }
    return code;
}
