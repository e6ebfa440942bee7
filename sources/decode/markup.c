// The parser reads through a callback of ours rather than from memory: libxml2 before 2.12 compares
// each attribute of a tag with every one before it, in time that grows with the square of their
// number, and calls nothing while it does so but the reader of its input. There it is stopped.

#include "sources/decode/markup.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

#include <libxml/HTMLparser.h>
#include <libxml/HTMLtree.h>
#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>

#include "bridge/base/problem.h"
#include "bridge/model/json.h"
#include "bridge/spi/source.h"
#include "sources/decode/answer-text.h"
#include "sources/decode/format.h"

#define ATTRIBUTES_MAX 256
// The table of names that libxml2 keeps does not grow with them.
#define NAMES_MAX 100000
// Of the arrays in which libxml2 collects a tag's attributes, which grow by doubling.
#define XML_SLOTS_MAX  (2 * ATTRIBUTES_MAX * 5)
#define HTML_SLOTS_MAX (2 * ATTRIBUTES_MAX * 2)
#define NS_SLOTS_MAX   (2 * ATTRIBUTES_MAX * 2)

// Of one parser; its _private.
struct markup {
    xmlParserCtxtPtr parser;
    const char *at;
    const char *end;
    bool is_html;
    const char *flood; // why it was stopped, in words; NULL: it was not
    size_t nodes;
    int error; // what the parser is left with
    struct problem **reterr;
};

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void free_parser(xmlParserCtxtPtr *parser)
{
    if (!*parser) {
        return;
    }
    if ((*parser)->myDoc) {
        xmlFreeDoc((*parser)->myDoc);
    }
    xmlFreeParserCtxt(*parser);
}

static unsigned line_of(const struct markup *markup)
{
    const xmlParserInput *input = markup->parser->input;
    return input && input->line > 0 ? (unsigned)input->line : 0;
}

// The first refusal counts, and ends the reading.
static void refuse(struct markup *markup, const char *code, const char *words)
{
    unsigned line = line_of(markup);
    if (markup->error == 0) {
        markup->error = problem_set_at(markup->reterr, SOURCE_E_BAD_ANSWER, code, NULL, line, 0,
                                       "line %u: %s", line, words);
    }
    xmlStopParser(markup->parser);
}

static void refuse_declaration(void *parser)
{
    refuse(((xmlParserCtxtPtr)parser)->_private, "xml_refused",
           "the answer declares entities or attribute defaults of its own, which are never "
           "expanded; such a document is refused");
}

static void on_entity(void *parser, const xmlChar *name, int type, const xmlChar *public_id,
                      const xmlChar *system_id, xmlChar *content)
{
    (void)name, (void)type, (void)public_id, (void)system_id, (void)content;
    refuse_declaration(parser);
}

static void on_unparsed_entity(void *parser, const xmlChar *name, const xmlChar *public_id,
                               const xmlChar *system_id, const xmlChar *notation)
{
    (void)name, (void)public_id, (void)system_id, (void)notation;
    refuse_declaration(parser);
}

static void on_attribute(void *parser, const xmlChar *element, const xmlChar *name, int type,
                         int def, const xmlChar *value, xmlEnumerationPtr tree)
{
    (void)element, (void)name, (void)type, (void)def, (void)value;
    xmlFreeEnumeration(tree); // the callback owns it
    refuse_declaration(parser);
}

static xmlEntityPtr find_entity(void *parser, const xmlChar *name)
{
    (void)parser;
    return xmlGetPredefinedEntity(name);
}

static xmlEntityPtr find_no_entity(void *parser, const xmlChar *name)
{
    (void)parser, (void)name;
    return NULL;
}

static xmlParserInputPtr resolve_nothing(void *parser, const xmlChar *public_id,
                                         const xmlChar *system_id)
{
    (void)parser, (void)public_id, (void)system_id;
    return NULL;
}

// An entity of an external DTD, which is not loaded: those of HTML are known without it.
static void on_reference(void *parser, const xmlChar *name)
{
    const htmlEntityDesc *entity = htmlEntityLookup(name);
    xmlChar text[8] = "";
    if (!entity) {
        refuse(((xmlParserCtxtPtr)parser)->_private, "xml_refused",
               "the answer uses an entity that it does not declare");
        return;
    }
    xmlSAX2Characters(parser, text, xmlCopyCharMultiByte(text, (int)entity->value));
}

static bool is_within_limits(struct markup *markup, int attributes)
{
    const char *code = markup->is_html ? "html_limit" : "xml_limit";
    markup->nodes += 1 + (size_t)attributes;
    if (markup->nodes > DECODE_VALUES_MAX) {
        markup->error = markup->error ? markup->error
                                      : answer_too_many("elements and attributes", markup->reterr);
        xmlStopParser(markup->parser);
    } else if (!markup->is_html && markup->parser->nodeNr >= JSON_DEPTH_MAX) {
        refuse(markup, code, "elements are nested more than 64 deep");
    } else if (attributes > ATTRIBUTES_MAX) {
        refuse(markup, code, "an element has more than 256 attributes");
    }
    return markup->error == 0;
}

static void on_xml_element(void *parser, const xmlChar *name, const xmlChar *prefix,
                           const xmlChar *uri, int namespace_n, const xmlChar **namespaces,
                           int attribute_n, int default_n, const xmlChar **attributes)
{
    struct markup *markup = ((xmlParserCtxtPtr)parser)->_private;
    if (is_within_limits(markup, attribute_n + namespace_n)) {
        xmlSAX2StartElementNs(parser, name, prefix, uri, namespace_n, namespaces, attribute_n,
                              default_n, attributes);
    }
}

static void on_html_element(void *parser, const xmlChar *name, const xmlChar **attributes)
{
    struct markup *markup = ((xmlParserCtxtPtr)parser)->_private;
    int n = 0;
    while (attributes && attributes[n * 2]) {
        n++;
    }
    if (is_within_limits(markup, n)) {
        xmlSAX2StartElement(parser, name, attributes);
    }
}

static void on_error(void *parser, xmlErrorPtr error)
{
    struct markup *markup = ((xmlParserCtxtPtr)parser)->_private;
    if (error->code == XML_ERR_NO_MEMORY) {
        markup->error = -ENOMEM;
    }
    if (markup->error != 0 || error->level != XML_ERR_FATAL || markup->flood) {
        return;
    }
    unsigned line = error->line > 0 ? (unsigned)error->line : 0;
    const char *message = error->message ? error->message : "no well-formed XML";
    AUTO_FREE char *words = answer_shown(message, strcspn(message, "\n"));
    markup->error =
        problem_set_at(markup->reterr, SOURCE_E_BAD_ANSWER, "xml_syntax", NULL, line,
                       error->int2 > 0 ? (unsigned)error->int2 : 0,
                       "line %u: the answer is no well-formed XML: %s", line, words ? words : "");
}

// What would take libxml2 time that grows with the square of it; NULL: nothing.
static const char *find_flood(const struct markup *markup)
{
    const xmlParserCtxt *parser = markup->parser;
    if (parser->maxatts > (markup->is_html ? HTML_SLOTS_MAX : XML_SLOTS_MAX) ||
        parser->nsMax > NS_SLOTS_MAX) {
        return "an element has more than 256 attributes";
    }
    if (xmlDictSize(parser->dict) > NAMES_MAX) {
        return "elements and attributes have more than 100000 different names";
    }
    return NULL;
}

// Not the place for xmlStopParser: it would free the buffer that is being filled.
static int read_more(void *userdata, char *buffer, int len)
{
    struct markup *markup = userdata;
    size_t left = (size_t)(markup->end - markup->at);
    size_t n = (size_t)len < left ? (size_t)len : left;
    markup->flood = markup->flood ? markup->flood : find_flood(markup);
    if (markup->flood || markup->error != 0) {
        return -1;
    }
    memcpy(buffer, markup->at, n);
    markup->at += n;
    return (int)n;
}

static void secure(xmlParserCtxtPtr parser, bool is_html)
{
    xmlSAXHandler *sax = parser->sax;
    sax->comment = NULL;
    sax->processingInstruction = NULL;
    sax->externalSubset = NULL;
    sax->resolveEntity = resolve_nothing;
    if (is_html) {
        sax->startElement = on_html_element;
        return;
    }
    sax->startElementNs = on_xml_element;
    sax->internalSubset = NULL;
    sax->entityDecl = on_entity;
    sax->unparsedEntityDecl = on_unparsed_entity;
    sax->attributeDecl = on_attribute;
    sax->elementDecl = NULL;
    sax->notationDecl = NULL;
    sax->getEntity = find_entity;
    sax->getParameterEntity = find_no_entity;
    sax->reference = on_reference;
    sax->serror = on_error;
}

// The texts of the parsers say what they are given: UTF-8, whatever the text declares.
static xmlDocPtr parse(struct markup *markup)
{
    xmlParserCtxtPtr parser = markup->parser;
    const int quiet = XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NONET |
                      XML_PARSE_IGNORE_ENC | XML_PARSE_COMPACT;
    if (markup->is_html) {
        return htmlCtxtReadIO(parser, read_more, NULL, markup, NULL, "UTF-8",
                              quiet | HTML_PARSE_RECOVER | HTML_PARSE_NODEFDTD);
    }
    // Huge lifts limits of libxml2 that ours replace; that of a text reports itself as no memory.
    return xmlCtxtReadIO(parser, read_more, NULL, markup, NULL, "UTF-8",
                         quiet | XML_PARSE_NOCDATA | XML_PARSE_HUGE);
}

static int judge(struct markup *markup, const xmlDoc *doc)
{
    const char *code = markup->is_html ? "html_limit" : "xml_limit";
    if (markup->flood) {
        return problem_set(markup->reterr, SOURCE_E_BAD_ANSWER, code, "%s", markup->flood);
    }
    if (markup->error != 0) {
        return markup->error;
    }
    if (markup->is_html && markup->parser->disableSAX) { // libxml2's own limit of depth
        return problem_set(markup->reterr, SOURCE_E_BAD_ANSWER, code,
                           "the page is nested too deeply, or a text in it is longer than 10 MB");
    }
    if (!doc || !xmlDocGetRootElement(doc)) {
        return problem_set(markup->reterr, SOURCE_E_BAD_ANSWER,
                           markup->is_html ? "html_syntax" : "xml_syntax",
                           "the answer has no element");
    }
    return 0;
}

static int read_markup(xmlDocPtr *ret, const struct answer_text *text, bool is_html,
                       struct problem **reterr)
{
    (void)pthread_once(&once, xmlInitParser);
    CLEANUP(free_parser)
    xmlParserCtxtPtr parser = is_html ? htmlNewParserCtxt() : xmlNewParserCtxt();
    struct markup markup = {
        .parser = parser,
        .at = text->data + strspn(text->data, " \t\r\n"), // many an XML declaration stands too low
        .end = text->data + text->len,
        .is_html = is_html,
        .reterr = reterr,
    };
    if (!parser) {
        return -ENOMEM;
    }
    parser->_private = &markup;
    secure(parser, is_html);
    AUTO_DOC xmlDocPtr doc = parse(&markup);
    int r = judge(&markup, doc);
    if (r == 0) {
        *ret = STEAL(doc);
    }
    return r;
}

int markup_read_xml(xmlDocPtr *ret, const struct answer_text *text, struct problem **reterr)
{
    return read_markup(ret, text, false, reterr);
}

int markup_read_html(xmlDocPtr *ret, const struct answer_text *text, struct problem **reterr)
{
    return read_markup(ret, text, true, reterr);
}
