#include "sources/decode/html.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include <json-c/json.h>
#include <libxml/xpath.h>
#include <libxml/xpathInternals.h>

#include "bridge/base/buf.h"
#include "bridge/base/problem.h"
#include "bridge/base/str.h"
#include "bridge/model/json.h"
#include "bridge/spi/source.h"
#include "sources/decode/answer-text.h"
#include "sources/decode/format.h"
#include "sources/decode/html-text.h"
#include "sources/decode/markup.h"

// Steps of an evaluation: about a second. A page that needs more was made to.
#define STEPS_MAX 50000000UL
// All nodes together: an outer node repeats what the inner ones say, so that a page of nested
// elements could give far more than it has.
#define GROWTH_MAX  4
#define BYTES_LEAST ((size_t)1024 * 1024)

struct page {
    const struct decode_settings *settings;
    struct json_object *nodes; // owned
    size_t bytes_left;
    struct problem **reterr;
};

static void free_context(xmlXPathContextPtr *context)
{
    xmlXPathFreeContext(*context); // accepts NULL
}

static void free_result(xmlXPathObjectPtr *result)
{
    xmlXPathFreeObject(*result); // accepts NULL
}

static void ignore_error(void *userdata, xmlErrorPtr error)
{
    (void)userdata, (void)error; // it is kept as the context's last one
}

static int refuse_size(struct page *page)
{
    return problem_set(page->reterr, SOURCE_E_BAD_ANSWER, "answer_limit",
                       "the nodes that the xpath selects are together far larger than the page; "
                       "select inner ones only");
}

// Takes `take`, also on failure.
static int put(struct json_object *object, const char *name, struct json_object *take)
{
    if (!take || json_object_object_add(object, name, take) < 0) {
        (void)json_object_put(take);
        return -ENOMEM;
    }
    return 0;
}

static int put_text(struct page *page, struct json_object *object, const char *name,
                    const struct buf *text)
{
    if (text->len > page->bytes_left || text->len > INT_MAX) {
        return refuse_size(page);
    }
    page->bytes_left -= text->len;
    return put(object, name, json_object_new_string_len(buf_str(text), (int)text->len));
}

static int put_attributes(struct page *page, struct json_object *object, const xmlNode *element)
{
    struct json_object *attributes = json_object_new_object();
    int r = put(object, "attributes", attributes);
    for (const xmlAttr *at = element->properties; r == 0 && at; at = at->next) {
        AUTO_BUF struct buf text = { 0 };
        AUTO_XML xmlChar *value = xmlNodeListGetString(at->doc, at->children, 1);
        r = buf_append_str(&text, value ? markup_str(value) : "");
        r = r ? r : put_text(page, attributes, markup_str(at->name), &text);
    }
    return r;
}

static int put_content(struct page *page, struct json_object *object, xmlNodePtr element)
{
    AUTO_BUF struct buf html = { .max = page->bytes_left + 1 };
    if (!xmlFirstElementChild(element)) {
        return 0;
    }
    int r = html_append_content(&html, element);
    return r == -EMSGSIZE ? refuse_size(page) : r ? r : put_text(page, object, "html", &html);
}

static int put_node(struct page *page, struct json_object *object, xmlNodePtr node)
{
    AUTO_BUF struct buf text = { .max = page->bytes_left + 1 };
    int r;
    if (node->type == XML_ATTRIBUTE_NODE) {
        AUTO_XML xmlChar *value = xmlNodeGetContent(node);
        r = buf_append_str(&text, value ? markup_str(value) : "");
    } else {
        r = html_append_text(&text, node);
    }
    if (r) {
        return r == -EMSGSIZE ? refuse_size(page) : r;
    }
    r = put_text(page, object, "text", &text);
    if (r == 0 && node->type == XML_ELEMENT_NODE) {
        r = put_content(page, object, node);
        r = r ? r : put_attributes(page, object, node);
    }
    return r;
}

static int add_object(struct page *page, struct json_object **ret)
{
    struct json_object *object = json_object_new_object();
    if (!object || json_object_array_add(page->nodes, object) < 0) {
        (void)json_object_put(object);
        return -ENOMEM;
    }
    *ret = object;
    return 0;
}

static int add_nodes(struct page *page, const xmlNodeSet *set)
{
    int r = 0;
    for (int i = 0; r == 0 && set && i < set->nodeNr; i++) {
        xmlNodePtr node = set->nodeTab[i];
        struct json_object *object = NULL;
        if (node->type == XML_HTML_DOCUMENT_NODE || node->type == XML_DOCUMENT_NODE) {
            node = xmlDocGetRootElement((xmlDocPtr)node);
        }
        if (node->type == XML_NAMESPACE_DECL) {
            continue;
        }
        r = add_object(page, &object);
        r = r ? r : put_node(page, object, node);
    }
    return r;
}

static int add_value(struct page *page, xmlXPathObjectPtr result)
{
    AUTO_XML xmlChar *value = xmlXPathCastToString(result);
    AUTO_BUF struct buf text = { 0 };
    struct json_object *object = NULL;
    int r = value ? buf_append_str(&text, markup_str(value)) : -ENOMEM;
    if (r || text.len == 0) {
        return r; // the text of nothing is nothing
    }
    r = add_object(page, &object);
    return r ? r : put_text(page, object, "text", &text);
}

static void refuse_function(xmlXPathParserContextPtr parser, int argument_n)
{
    (void)argument_n;
    xmlXPathErr(parser, XPATH_UNKNOWN_FUNC_ERROR);
}

// libxml2 would print the name of one that it does not know.
static xmlXPathFunction find_function(void *userdata, const xmlChar *name, const xmlChar *uri)
{
    xmlXPathContextPtr context = userdata;
    context->funcLookupFunc = NULL; // this one
    xmlXPathFunction known = xmlXPathFunctionLookupNS(context, name, uri);
    context->funcLookupFunc = find_function;
    return known ? known : refuse_function;
}

static xmlXPathObjectPtr evaluate_in(xmlXPathContextPtr context, const char *xpath)
{
    context->opLimit = STEPS_MAX;
    context->error = ignore_error;
    xmlXPathRegisterFuncLookup(context, find_function, context);
    return xmlXPathEval((const xmlChar *)xpath, context);
}

static int evaluate(struct page *page, xmlDocPtr doc, xmlXPathObjectPtr *ret)
{
    CLEANUP(free_context) xmlXPathContextPtr context = xmlXPathNewContext(doc);
    if (!context) {
        return -ENOMEM;
    }
    (void)xmlXPathOrderDocElems(doc); // else results are sorted in quadratic time
    *ret = evaluate_in(context, page->settings->xpath);
    if (*ret) {
        return 0;
    }
    int code = context->lastError.code;
    if (code == XML_ERR_NO_MEMORY) {
        return -ENOMEM;
    }
    return problem_set(page->reterr, SOURCE_E_BAD_ANSWER, "selector_failed",
                       code == XML_XPATH_EXPRESSION_OK + XPATH_OP_LIMIT_EXCEEDED
                           ? "the xpath takes too long on this page"
                           : "the xpath cannot be evaluated on this page");
}

static int select_nodes(struct page *page, xmlDocPtr doc)
{
    CLEANUP(free_result) xmlXPathObjectPtr result = NULL;
    int r = evaluate(page, doc, &result);
    if (r) {
        return r;
    }
    r = result->type == XPATH_NODESET ? add_nodes(page, result->nodesetval)
                                      : add_value(page, result);
    if (r == 0 && json_object_array_length(page->nodes) == 0 && !page->settings->allow_empty) {
        return problem_set(page->reterr, SOURCE_E_BAD_ANSWER, "selector_found_nothing",
                           "the xpath %s found nothing on the page; if that may be, set "
                           "allow_empty: true",
                           page->settings->xpath);
    }
    return r;
}

int decode_html(const struct http_response *response, const struct decode_settings *settings,
                struct json_object **ret, struct problem **reterr)
{
    AUTO_TEXT struct answer_text text = { 0 };
    AUTO_DOC xmlDocPtr doc = NULL;
    int r = answer_text_get(&text, response, settings, TEXT_DECLARES_AS_HTML, reterr);
    if (r || answer_text_is_blank(&text)) {
        return r ? r : answer_empty(settings, ret, reterr);
    }
    AUTO_JSON struct json_object *nodes = json_object_new_array();
    struct page page = {
        .settings = settings,
        .nodes = nodes,
        .bytes_left = GROWTH_MAX * text.len + BYTES_LEAST,
        .reterr = reterr,
    };
    r = nodes ? markup_read_html(&doc, &text, reterr) : -ENOMEM;
    r = r ? r : select_nodes(&page, doc);
    if (r == 0) {
        *ret = STEAL(nodes);
    }
    return r;
}

// Functions and prefixes that are unknown show only when it is evaluated.
int html_check_xpath(const char *xpath, struct problem **reterr)
{
    AUTO_DOC xmlDocPtr doc = xmlNewDoc(NULL);
    xmlNodePtr root = doc ? xmlNewDocNode(doc, NULL, (const xmlChar *)"html", NULL) : NULL;
    CLEANUP(free_context) xmlXPathContextPtr context = xmlXPathNewContext(doc);
    if (!root || !context) {
        xmlFreeNode(root); // accepts NULL
        return -ENOMEM;
    }
    (void)xmlDocSetRootElement(doc, root);
    CLEANUP(free_result) xmlXPathObjectPtr result = evaluate_in(context, xpath);
    return result ? 0
                  : problem_set(reterr, -EINVAL, "bad_expression",
                                "\"xpath\" is no XPath 1.0 that can be used: %s", xpath);
}
