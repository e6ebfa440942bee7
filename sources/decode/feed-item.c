#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "bridge/base/hash.h"
#include "bridge/base/problem.h"
#include "bridge/base/str.h"
#include "bridge/model/json.h"
#include "bridge/spi/source.h"
#include "sources/decode/feed-date.h"
#include "sources/decode/feed-inside.h"
#include "sources/decode/markup.h"

// Takes `take`, also on failure.
static int put(struct json_object *object, const char *name, struct json_object *take)
{
    if (!take || json_object_object_add(object, name, take) < 0) {
        (void)json_object_put(take);
        return -ENOMEM;
    }
    return 0;
}

int feed_put(struct json_object *object, const char *name, const char *text)
{
    size_t len = text ? strlen(text) : 0;
    if (len == 0 || len > INT_MAX) {
        return 0;
    }
    return put(object, name, json_object_new_string_len(text, (int)len));
}

int feed_put_date(struct json_object *object, const char *name, const char *text)
{
    char date[FEED_DATE_SIZE];
    return feed_put(object, name, text && feed_date_normalise(text, date) ? date : text);
}

int feed_put_node(struct json_object *object, const char *name, xmlNodePtr node)
{
    AUTO_FREE char *text = node ? markup_text(node) : NULL;
    return node && !text ? -ENOMEM : feed_put(object, name, text);
}

int feed_add(struct json_object *object, const char *name, struct json_object *take)
{
    struct json_object *array = NULL;
    int r = take ? 0 : -ENOMEM;
    if (r == 0 && !json_object_object_get_ex(object, name, &array)) {
        array = json_object_new_array();
        r = put(object, name, array);
    }
    if (r == 0 && json_object_array_add(array, take) < 0) {
        r = -ENOMEM;
    }
    if (r) {
        (void)json_object_put(take);
    }
    return r;
}

int feed_add_text(struct json_object *object, const char *name, const char *text)
{
    return str_is_empty(text) ? 0 : feed_add(object, name, json_object_new_string(text));
}

int feed_add_enclosure(struct json_object *item, const char *url, const char *type,
                       const char *length)
{
    AUTO_JSON struct json_object *enclosure = json_object_new_object();
    int r = enclosure ? feed_put(enclosure, "url", url) : -ENOMEM;
    r = r ? r : feed_put(enclosure, "type", type);
    r = r ? r : feed_put(enclosure, "length", length);
    return r ? r : feed_add(item, "enclosures", STEAL(enclosure));
}

int feed_new_item(struct feed *feed, struct json_object **ret)
{
    struct json_object *item = json_object_new_object();
    if (!item || json_object_object_add(item, "id", NULL) < 0 ||
        json_object_array_add(feed->items, item) < 0) {
        (void)json_object_put(item);
        return -ENOMEM;
    }
    *ret = item;
    return 0;
}

const char *feed_get(struct json_object *object, const char *name)
{
    struct json_object *value = NULL;
    (void)json_object_object_get_ex(object, name, &value);
    return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : NULL;
}

static char *hash_of(const char *text)
{
    struct hash128 hash = hash128_of(text, strlen(text));
    return str_printf("%016llx%016llx", (unsigned long long)hash.high,
                      (unsigned long long)hash.low);
}

// Malloc'ed; "" when there is nothing to go by.
static char *make_id(struct json_object *item, bool link_is_shared)
{
    const char *own = feed_get(item, "guid");
    const char *link = feed_get(item, "link");
    const char *title = feed_get(item, "title");
    const char *published = feed_get(item, "published");
    const char *text = feed_get(item, "summary");
    text = text ? text : feed_get(item, "content");
    if (own || (link && (!link_is_shared || !title))) {
        return strdup(own ? own : link);
    }
    if (title) {
        const char *more = link ? link : published;
        return str_printf("%s%s%s", more ? more : "", more ? " " : "", title);
    }
    return text ? hash_of(text) : strdup("");
}

// How many items without an id of their own go by a link: object of link to number.
static int count_links(const struct feed *feed, struct json_object *links)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < json_object_array_length(feed->items); i++) {
        struct json_object *item = json_object_array_get_idx(feed->items, i);
        struct json_object *count = NULL;
        const char *link = feed_get(item, "link");
        if (feed_get(item, "id") || feed_get(item, "guid") || !link) {
            continue;
        }
        if (json_object_object_get_ex(links, link, &count)) {
            (void)json_object_int_inc(count, 1);
        } else {
            r = put(links, link, json_object_new_int(1));
        }
    }
    return r;
}

static int name_item(struct json_object *item, struct json_object *links, size_t index,
                     struct problem **reterr)
{
    struct json_object *count = NULL;
    const char *link = feed_get(item, "link");
    if (feed_get(item, "id")) {
        return 0;
    }
    bool shared =
        link && json_object_object_get_ex(links, link, &count) && json_object_get_int(count) > 1;
    AUTO_FREE char *id = make_id(item, shared);
    if (id && *id == '\0') {
        return problem_set(reterr, SOURCE_E_BAD_ANSWER, "feed_item",
                           "item %zu of the feed has neither an id nor a link, a title or text",
                           index + 1);
    }
    return id ? feed_put(item, "id", id) : -ENOMEM;
}

// Texts of dates that could not be understood do not count.
static bool is_newer(struct json_object *item, struct json_object *other)
{
    char a[FEED_DATE_SIZE];
    char b[FEED_DATE_SIZE];
    const char *updated = feed_get(item, "updated");
    const char *other_updated = feed_get(other, "updated");
    return updated && other_updated && feed_date_normalise(updated, a) &&
           feed_date_normalise(other_updated, b) && strcmp(a, b) > 0;
}

// `places`: object of id to its index in `kept`.
static int keep_item(struct json_object *item, struct json_object *kept, struct json_object *places)
{
    const char *id = feed_get(item, "id");
    struct json_object *place = NULL;
    size_t n = json_object_array_length(kept);
    if (!json_object_object_get_ex(places, id, &place)) {
        int r = put(places, id, json_object_new_int64((int64_t)n));
        if (r == 0 && json_object_array_add(kept, json_object_get(item)) < 0) {
            (void)json_object_put(item);
            r = -ENOMEM;
        }
        return r;
    }
    size_t at = (size_t)json_object_get_int64(place);
    if (is_newer(item, json_object_array_get_idx(kept, at)) &&
        json_object_array_put_idx(kept, at, json_object_get(item)) < 0) {
        (void)json_object_put(item);
        return -ENOMEM;
    }
    return 0;
}

int feed_name_items(struct feed *feed)
{
    AUTO_JSON struct json_object *links = json_object_new_object();
    AUTO_JSON struct json_object *places = json_object_new_object();
    AUTO_JSON struct json_object *kept = json_object_new_array();
    int r = links && places && kept ? count_links(feed, links) : -ENOMEM;
    for (size_t i = 0; r == 0 && i < json_object_array_length(feed->items); i++) {
        struct json_object *item = json_object_array_get_idx(feed->items, i);
        r = name_item(item, links, i, feed->reterr);
        r = r ? r : keep_item(item, kept, places);
    }
    return r ? r : put(feed->value, "items", STEAL(kept));
}
