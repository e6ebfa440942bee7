#pragma once
// The parts of the feed decoder, for its own files.

#include <libxml/tree.h>

#include "bridge/base/cleanup.h"

struct json_object;
struct problem;

// A feed in its one shape.
struct feed {
    struct json_object *value; // owned; gets its `items` from feed_name_items
    struct json_object *items; // owned; as they were read
    struct problem **reterr;
};

// All put functions: 0 or -ENOMEM; empty text is not put at all.
int feed_put(struct json_object *object, const char *name, const char *text) MUST_CHECK;
int feed_put_date(struct json_object *object, const char *name, const char *text) MUST_CHECK;
int feed_put_node(struct json_object *object, const char *name, xmlNodePtr node) MUST_CHECK;
// Adds to the array of that name, which is made with its first member.
int feed_add(struct json_object *object, const char *name, struct json_object *take) MUST_CHECK;
int feed_add_text(struct json_object *object, const char *name, const char *text) MUST_CHECK;
// An enclosure of what is known of it; NULL for what is not.
int feed_add_enclosure(struct json_object *item, const char *url, const char *type,
                       const char *length) MUST_CHECK;
// A new last item, borrowed; its `id` is null until feed_name_items.
int feed_new_item(struct feed *feed, struct json_object **ret) MUST_CHECK;
const char *feed_get(struct json_object *object, const char *name); // NULL when absent

// Gives every item its id, and keeps one of those that have the same (they are one item, RFC 4287
// section 4.1.1): the one updated last, else the first. SOURCE_E_BAD_ANSWER, -ENOMEM.
int feed_name_items(struct feed *feed) MUST_CHECK;

// The first child element of that name in a namespace: its URI, or NULL for that of `node` itself.
xmlNodePtr feed_child(xmlNodePtr node, const char *uri, const char *name);
xmlNodePtr feed_next(xmlNodePtr child); // of the same name and namespace

#define FEED_NS_ATOM "http://www.w3.org/2005/Atom"

int feed_read_rss(struct feed *feed, xmlNodePtr root) MUST_CHECK;
int feed_read_atom(struct feed *feed, xmlNodePtr root) MUST_CHECK;
int feed_read_json(struct feed *feed, struct json_object *answer) MUST_CHECK;
