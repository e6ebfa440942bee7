#pragma once
// libxml2 with everything dangerous off: no network, no external and no declared entities, no
// attribute defaults; depth, elements and attributes have limits. For the XML, feed and HTML
// decoders.

#include <stddef.h>

#include <libxml/tree.h>

#include "bridge/base/cleanup.h"

struct answer_text;
struct problem;

#define AUTO_DOC CLEANUP(markup_freep)
static inline void markup_freep(xmlDocPtr *doc)
{
    if (*doc) {
        xmlFreeDoc(*doc);
    }
}

// Text that libxml2 gave and xmlFree frees.
#define AUTO_XML CLEANUP(markup_text_freep)
void markup_text_freep(xmlChar **text);

// 0; SOURCE_E_BAD_ANSWER ("xml_syntax", "xml_refused", "xml_limit", "answer_limit"); -ENOMEM.
// *ret has a root element.
int markup_read_xml(xmlDocPtr *ret, const struct answer_text *text,
                    struct problem **reterr) MUST_CHECK;
// As browsers do, HTML is taken as it comes: only the limits refuse ("html_limit").
int markup_read_html(xmlDocPtr *ret, const struct answer_text *text,
                     struct problem **reterr) MUST_CHECK;

// Text of the node and all below, without white space at both ends. malloc'ed; NULL when out of
// memory.
char *markup_text(xmlNodePtr node);
// An attribute's value by local name; xmlFree'd by AUTO_XML; NULL without one.
xmlChar *markup_attribute(xmlNodePtr node, const char *name);
static inline const char *markup_str(const xmlChar *text)
{
    return (const char *)text;
}
