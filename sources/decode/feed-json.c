// JSON Feed 1.0 and 1.1 (jsonfeed.org).

#include <errno.h>
#include <string.h>

#include <json-c/json.h>

#include "bridge/base/buf.h"
#include "bridge/base/problem.h"
#include "bridge/base/str.h"
#include "bridge/spi/source.h"
#include "sources/decode/feed-inside.h"

// Numbers too: some feeds have them for ids and sizes.
static const char *text_of(struct json_object *object, const char *name)
{
    struct json_object *value = NULL;
    (void)json_object_object_get_ex(object, name, &value);
    enum json_type type = json_object_get_type(value);
    bool plain = type == json_type_string || type == json_type_int || type == json_type_double;
    return plain ? json_object_get_string(value) : NULL;
}

static struct json_object *array_of(struct json_object *object, const char *name)
{
    struct json_object *value = NULL;
    (void)json_object_object_get_ex(object, name, &value);
    return json_object_is_type(value, json_type_array) ? value : NULL;
}

static size_t length_of(struct json_object *array)
{
    return array ? json_object_array_length(array) : 0;
}

// `authors` is that of 1.1, `author` of 1.0.
static int put_authors(struct json_object *item, struct json_object *entry)
{
    AUTO_BUF struct buf names = { 0 };
    struct json_object *authors = array_of(entry, "authors");
    struct json_object *author = NULL;
    int r = 0;
    for (size_t i = 0; r == 0 && i < length_of(authors); i++) {
        const char *name = text_of(json_object_array_get_idx(authors, i), "name");
        r = name ? buf_printf(&names, "%s%s", names.len > 0 ? ", " : "", name) : 0;
    }
    if (r == 0 && names.len == 0 && json_object_object_get_ex(entry, "author", &author)) {
        const char *name = text_of(author, "name");
        r = name ? buf_append_str(&names, name) : 0;
    }
    return r ? r : feed_put(item, "author", buf_str(&names));
}

static int add_tags(struct json_object *item, struct json_object *tags)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < length_of(tags); i++) {
        struct json_object *tag = json_object_array_get_idx(tags, i);
        bool is_text = json_object_is_type(tag, json_type_string);
        r = is_text ? feed_add_text(item, "categories", json_object_get_string(tag)) : 0;
    }
    return r;
}

static int add_attachments(struct json_object *item, struct json_object *attachments)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < length_of(attachments); i++) {
        struct json_object *at = json_object_array_get_idx(attachments, i);
        r = feed_add_enclosure(item, text_of(at, "url"), text_of(at, "mime_type"),
                               text_of(at, "size_in_bytes"));
    }
    return r;
}

static int read_item(struct feed *feed, struct json_object *entry)
{
    struct json_object *item = NULL;
    const char *html = text_of(entry, "content_html");
    const char *link = text_of(entry, "url");
    int r = feed_new_item(feed, &item);
    r = r ? r : feed_put(item, "id", text_of(entry, "id"));
    r = r ? r : feed_put(item, "link", link ? link : text_of(entry, "external_url"));
    r = r ? r : feed_put(item, "title", text_of(entry, "title"));
    r = r ? r : put_authors(item, entry);
    r = r ? r : feed_put_date(item, "published", text_of(entry, "date_published"));
    r = r ? r : feed_put_date(item, "updated", text_of(entry, "date_modified"));
    r = r ? r : feed_put(item, "summary", text_of(entry, "summary"));
    r = r ? r : feed_put(item, "content", html ? html : text_of(entry, "content_text"));
    r = r ? r : add_tags(item, array_of(entry, "tags"));
    return r ? r : add_attachments(item, array_of(entry, "attachments"));
}

int feed_read_json(struct feed *feed, struct json_object *answer)
{
    struct json_object *items = array_of(answer, "items");
    if (!items) {
        return problem_set(feed->reterr, SOURCE_E_BAD_ANSWER, "no_feed",
                           "the answer is JSON without `items`, so it is no JSON Feed");
    }
    int r = feed_put(feed->value, "title", text_of(answer, "title"));
    r = r ? r : feed_put(feed->value, "link", text_of(answer, "home_page_url"));
    r = r ? r : feed_put(feed->value, "description", text_of(answer, "description"));
    for (size_t i = 0; r == 0 && i < length_of(items); i++) {
        struct json_object *entry = json_object_array_get_idx(items, i);
        if (!json_object_is_type(entry, json_type_object)) {
            return problem_set(feed->reterr, SOURCE_E_BAD_ANSWER, "feed_item",
                               "item %zu of the feed is no object", i + 1);
        }
        r = read_item(feed, entry);
    }
    return r;
}
