#include <string.h>

#include "sources/decode/markup.h"

#define WHITE " \t\r\n"

void markup_text_freep(xmlChar **text)
{
    if (*text) {
        xmlFree(*text);
    }
}

char *markup_text(xmlNodePtr node)
{
    AUTO_XML xmlChar *content = xmlNodeGetContent(node);
    if (!content) { // also what a node of no text may give
        return strdup("");
    }
    const char *text = markup_str(content) + strspn(markup_str(content), WHITE);
    size_t len = strlen(text);
    while (len > 0 && strchr(WHITE, text[len - 1])) {
        len--;
    }
    return strndup(text, len);
}

xmlChar *markup_attribute(xmlNodePtr node, const char *name)
{
    return xmlGetNoNsProp(node, (const xmlChar *)name);
}
