// Atom 1.0 (RFC 4287) and 0.3, whose elements have other names for the dates.

#include <errno.h>
#include <string.h>

#include <libxml/tree.h>

#include "bridge/base/buf.h"
#include "bridge/base/str.h"
#include "sources/decode/feed-inside.h"
#include "sources/decode/markup.h"

static xmlNodePtr child(xmlNodePtr node, const char *name)
{
    return feed_child(node, NULL, name);
}

static void free_buffer(xmlBufferPtr *buffer)
{
    xmlBufferFree(*buffer); // accepts NULL
}

// XHTML stands as markup in a div that does not belong to it (RFC 4287 section 3.1.1.3).
static int put_markup(struct json_object *item, const char *name, xmlNodePtr node)
{
    CLEANUP(free_buffer) xmlBufferPtr buffer = xmlBufferCreate();
    xmlNodePtr div = xmlFirstElementChild(node);
    bool ok = buffer != NULL;
    for (xmlNodePtr at = (div ? div : node)->children; ok && at; at = at->next) {
        ok = xmlNodeDump(buffer, node->doc, at, 0, 0) >= 0;
    }
    return ok ? feed_put(item, name, markup_str(xmlBufferContent(buffer))) : -ENOMEM;
}

static int put_text(struct json_object *item, const char *name, xmlNodePtr node)
{
    AUTO_XML xmlChar *type = node ? markup_attribute(node, "type") : NULL;
    bool is_markup = str_eq(markup_str(type), "xhtml");
    return is_markup ? put_markup(item, name, node) : feed_put_node(item, name, node);
}

static int put_date(struct json_object *item, const char *name, xmlNodePtr node)
{
    AUTO_FREE char *text = node ? markup_text(node) : NULL;
    return node && !text ? -ENOMEM : feed_put_date(item, name, text);
}

static bool is_relation(xmlNodePtr link, const char *relation)
{
    AUTO_XML xmlChar *rel = markup_attribute(link, "rel");
    return str_eq(rel ? markup_str(rel) : "alternate", relation);
}

// The link to what the entry is about; some write it as text.
static int put_link(struct json_object *object, xmlNodePtr node)
{
    xmlNodePtr first = child(node, "link");
    xmlNodePtr at = first;
    while (at && !is_relation(at, "alternate")) {
        at = feed_next(at);
    }
    AUTO_XML xmlChar *href = at ? markup_attribute(at, "href") : NULL;
    return href ? feed_put(object, "link", markup_str(href)) : feed_put_node(object, "link", at);
}

static int add_enclosures(struct json_object *item, xmlNodePtr entry)
{
    int r = 0;
    for (xmlNodePtr at = child(entry, "link"); r == 0 && at; at = feed_next(at)) {
        if (is_relation(at, "enclosure")) {
            AUTO_XML xmlChar *url = markup_attribute(at, "href");
            AUTO_XML xmlChar *type = markup_attribute(at, "type");
            AUTO_XML xmlChar *length = markup_attribute(at, "length");
            r = feed_add_enclosure(item, markup_str(url), markup_str(type), markup_str(length));
        }
    }
    return r;
}

static int add_categories(struct json_object *item, xmlNodePtr entry)
{
    int r = 0;
    for (xmlNodePtr at = child(entry, "category"); r == 0 && at; at = feed_next(at)) {
        AUTO_XML xmlChar *term = markup_attribute(at, "term");
        r = feed_add_text(item, "categories", markup_str(term));
    }
    return r;
}

static int put_authors(struct json_object *item, xmlNodePtr entry)
{
    AUTO_BUF struct buf names = { 0 };
    int r = 0;
    for (xmlNodePtr at = child(entry, "author"); r == 0 && at; at = feed_next(at)) {
        xmlNodePtr name = child(at, "name");
        AUTO_FREE char *text = name ? markup_text(name) : NULL;
        if (!str_is_empty(text)) {
            r = buf_printf(&names, "%s%s", names.len > 0 ? ", " : "", text);
        }
    }
    return r ? r : feed_put(item, "author", buf_str(&names));
}

static xmlNodePtr either(xmlNodePtr node, const char *name, const char *old_name)
{
    xmlNodePtr found = child(node, name);
    return found ? found : child(node, old_name);
}

static int read_entry(struct feed *feed, xmlNodePtr entry)
{
    struct json_object *item = NULL;
    int r = feed_new_item(feed, &item);
    r = r ? r : feed_put_node(item, "id", child(entry, "id"));
    r = r ? r : put_link(item, entry);
    r = r ? r : put_text(item, "title", child(entry, "title"));
    r = r ? r : put_authors(item, entry);
    r = r ? r : put_date(item, "published", either(entry, "published", "issued"));
    r = r ? r : put_date(item, "updated", either(entry, "updated", "modified"));
    r = r ? r : put_text(item, "summary", child(entry, "summary"));
    r = r ? r : put_text(item, "content", child(entry, "content"));
    r = r ? r : add_categories(item, entry);
    return r ? r : add_enclosures(item, entry);
}

int feed_read_atom(struct feed *feed, xmlNodePtr root)
{
    int r = put_text(feed->value, "title", child(root, "title"));
    r = r ? r : put_link(feed->value, root);
    r = r ? r : put_text(feed->value, "description", either(root, "subtitle", "tagline"));
    for (xmlNodePtr at = child(root, "entry"); r == 0 && at; at = feed_next(at)) {
        r = read_entry(feed, at);
    }
    return r;
}
