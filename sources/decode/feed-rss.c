// RSS 0.9x and 2.0 have a channel that holds its items; RSS 0.90 and 1.0 are RDF, where channel and
// items stand side by side.

#include <string.h>

#include "bridge/base/str.h"
#include "sources/decode/feed-inside.h"
#include "sources/decode/markup.h"

#define NS_CONTENT "http://purl.org/rss/1.0/modules/content/"
#define NS_DC      "http://purl.org/dc/elements/1.1/"
#define NS_DCTERMS "http://purl.org/dc/terms/"
#define NS_RDF     "http://www.w3.org/1999/02/22-rdf-syntax-ns#"

// Where a member is found, in this order.
struct place {
    const char *uri; // NULL: the namespace of the item
    const char *name;
};
struct member {
    const char *name;
    int (*put)(struct json_object *item, const char *name, xmlNodePtr node);
    struct place places[2];
};

static int put_date_node(struct json_object *item, const char *name, xmlNodePtr node)
{
    AUTO_FREE char *text = markup_text(node);
    return feed_put_date(item, name, text);
}

static xmlNodePtr find(xmlNodePtr item, const struct place *places)
{
    xmlNodePtr node = feed_child(item, places[0].uri, places[0].name);
    return node || !places[1].name ? node : feed_child(item, places[1].uri, places[1].name);
}

static int put_members(struct json_object *item, xmlNodePtr node)
{
    static const struct member members[] = {
        { "title", feed_put_node, { { NULL, "title" }, { NS_DC, "title" } } },
        { "author", feed_put_node, { { NULL, "author" }, { NS_DC, "creator" } } },
        { "published", put_date_node, { { NULL, "pubDate" }, { NS_DC, "date" } } },
        { "updated", put_date_node, { { FEED_NS_ATOM, "updated" }, { NS_DCTERMS, "modified" } } },
        { "summary", feed_put_node, { { NULL, "description" }, { NS_DC, "description" } } },
        { "content", feed_put_node, { { NS_CONTENT, "encoded" } } },
        { "comments", feed_put_node, { { NULL, "comments" } } },
    };
    int r = 0;
    for (size_t i = 0; r == 0 && i < ARRAY_LEN(members); i++) {
        xmlNodePtr found = find(node, members[i].places);
        r = found ? members[i].put(item, members[i].name, found) : 0;
    }
    return r;
}

// An RDF item is named by rdf:about.
static int put_guid(struct json_object *item, xmlNodePtr node)
{
    AUTO_XML xmlChar *about = xmlGetNsProp(node, (const xmlChar *)"about", (const xmlChar *)NS_RDF);
    int r = feed_put_node(item, "guid", feed_child(node, NULL, "guid"));
    return r || feed_get(item, "guid") ? r : feed_put(item, "guid", markup_str(about));
}

// A guid is a link too unless it says otherwise.
static int put_link(struct json_object *item, xmlNodePtr node)
{
    xmlNodePtr guid = feed_child(node, NULL, "guid");
    xmlNodePtr atom = feed_child(node, FEED_NS_ATOM, "link");
    AUTO_XML xmlChar *href = atom ? markup_attribute(atom, "href") : NULL;
    AUTO_XML xmlChar *permalink = guid ? markup_attribute(guid, "isPermaLink") : NULL;
    int r = feed_put_node(item, "link", feed_child(node, NULL, "link"));
    const char *id = feed_get(item, "guid");
    if (r || feed_get(item, "link")) {
        return r;
    }
    bool is_link = guid && id && str_starts(id, "http") && !str_eq(markup_str(permalink), "false");
    return feed_put(item, "link", is_link ? id : markup_str(href));
}

static int add_categories(struct json_object *item, xmlNodePtr first)
{
    int r = 0;
    for (xmlNodePtr at = first; r == 0 && at; at = feed_next(at)) {
        AUTO_FREE char *text = markup_text(at);
        r = feed_add_text(item, "categories", text);
    }
    return r;
}

static int add_enclosures(struct json_object *item, xmlNodePtr node)
{
    int r = 0;
    xmlNodePtr at = feed_child(node, NULL, "enclosure");
    for (; r == 0 && at; at = feed_next(at)) {
        AUTO_XML xmlChar *url = markup_attribute(at, "url");
        AUTO_XML xmlChar *type = markup_attribute(at, "type");
        AUTO_XML xmlChar *length = markup_attribute(at, "length");
        r = feed_add_enclosure(item, markup_str(url), markup_str(type), markup_str(length));
    }
    return r;
}

static int read_item(struct feed *feed, xmlNodePtr node)
{
    struct json_object *item = NULL;
    int r = feed_new_item(feed, &item);
    r = r ? r : put_guid(item, node);
    r = r ? r : put_link(item, node);
    r = r ? r : put_members(item, node);
    r = r ? r : add_categories(item, feed_child(node, NULL, "category"));
    r = r ? r : add_categories(item, feed_child(node, NS_DC, "subject"));
    return r ? r : add_enclosures(item, node);
}

static int read_items(struct feed *feed, xmlNodePtr parent)
{
    int r = 0;
    for (xmlNodePtr at = parent->children; r == 0 && at; at = at->next) {
        if (at->type == XML_ELEMENT_NODE && str_eq(markup_str(at->name), "item")) {
            r = read_item(feed, at);
        }
    }
    return r;
}

static xmlNodePtr find_channel(xmlNodePtr root)
{
    xmlNodePtr at = root->children;
    while (at && !(at->type == XML_ELEMENT_NODE && str_eq(markup_str(at->name), "channel"))) {
        at = at->next;
    }
    return at;
}

int feed_read_rss(struct feed *feed, xmlNodePtr root)
{
    xmlNodePtr channel = find_channel(root);
    int r = 0;
    if (channel) {
        r = feed_put_node(feed->value, "title", feed_child(channel, NULL, "title"));
        r = r ? r : feed_put_node(feed->value, "link", feed_child(channel, NULL, "link"));
        r = r ? r
              : feed_put_node(feed->value, "description", feed_child(channel, NULL, "description"));
        r = r ? r : read_items(feed, channel);
    }
    return r ? r : read_items(feed, root);
}
