#include "sources/decode/feed.h"

#include <errno.h>
#include <string.h>

#include <json-c/json.h>

#include "bridge/base/problem.h"
#include "bridge/base/str.h"
#include "bridge/model/json.h"
#include "bridge/spi/source.h"
#include "sources/decode/answer-text.h"
#include "sources/decode/feed-inside.h"
#include "sources/decode/format.h"
#include "sources/decode/markup.h"

static bool is_child(const xmlNode *node, const xmlChar *uri, const char *name)
{
    return node->type == XML_ELEMENT_NODE && str_eq(markup_str(node->name), name) &&
           xmlStrEqual(node->ns ? node->ns->href : NULL, uri);
}

xmlNodePtr feed_child(xmlNodePtr node, const char *uri, const char *name)
{
    const xmlChar *wanted = uri ? (const xmlChar *)uri : node->ns ? node->ns->href : NULL;
    xmlNodePtr at = node->children;
    while (at && !is_child(at, wanted, name)) {
        at = at->next;
    }
    return at;
}

xmlNodePtr feed_next(xmlNodePtr child)
{
    xmlNodePtr at = child->next;
    while (at && !is_child(at, child->ns ? child->ns->href : NULL, markup_str(child->name))) {
        at = at->next;
    }
    return at;
}

static int read_root(struct feed *feed, xmlNodePtr root)
{
    const char *name = markup_str(root->name);
    if (str_eq(name, "rss") || str_eq(name, "RDF")) {
        return feed_read_rss(feed, root);
    }
    if (str_eq(name, "feed")) {
        return feed_read_atom(feed, root);
    }
    AUTO_FREE char *shown = answer_shown(name, strlen(name));
    return problem_set(feed->reterr, SOURCE_E_BAD_ANSWER, "no_feed",
                       "the answer is XML with the root element <%s>, which is no feed's; with "
                       "format: xml it can be read as it is",
                       shown ? shown : "");
}

static int read_xml(struct feed *feed, const struct answer_text *text)
{
    AUTO_DOC xmlDocPtr doc = NULL;
    int r = markup_read_xml(&doc, text, feed->reterr);
    return r ? r : read_root(feed, xmlDocGetRootElement(doc));
}

static int read_json(struct feed *feed, const struct answer_text *text)
{
    AUTO_JSON struct json_object *answer = NULL;
    int r = json_read(&answer, text->data, text->len, NULL, feed->reterr);
    return r > 0 ? SOURCE_E_BAD_ANSWER : r ? r : feed_read_json(feed, answer);
}

static int feed_init(struct feed *feed)
{
    feed->value = json_object_new_object();
    feed->items = json_object_new_array();
    return feed->value && feed->items ? 0 : -ENOMEM;
}

static void feed_deinit(struct feed *feed)
{
    (void)json_object_put(feed->items);
    (void)json_object_put(feed->value);
}

int decode_feed(const struct http_response *response, const struct decode_settings *settings,
                struct json_object **ret, struct problem **reterr)
{
    AUTO_TEXT struct answer_text text = { 0 };
    CLEANUP(feed_deinit) struct feed feed = { .reterr = reterr };
    int r = answer_text_get(&text, response, settings, TEXT_DECLARES_AS_XML, reterr);
    if (r == 0 && answer_text_is_blank(&text)) {
        r = problem_set(reterr, SOURCE_E_BAD_ANSWER, "empty_answer", "the answer is empty");
    }
    r = r ? r : feed_init(&feed);
    if (r) {
        return r;
    }
    bool is_json = text.data[strspn(text.data, " \t\r\n")] == '{';
    r = is_json ? read_json(&feed, &text) : read_xml(&feed, &text);
    r = r ? r : feed_name_items(&feed);
    if (r == 0) {
        *ret = STEAL(feed.value);
    }
    return r;
}
