#include "sources/decode/html-text.h"

#include <errno.h>
#include <string.h>

#include <libxml/HTMLtree.h>
#include <libxml/xmlIO.h>

#include "bridge/base/str.h"
#include "sources/decode/markup.h"

// Elements that do not end a word.
static const char *const inline_names[] = {
    "a",     "abbr", "acronym", "b",      "bdi", "bdo", "big",  "cite", "code", "data", "del",
    "dfn",   "em",   "font",    "i",      "ins", "kbd", "mark", "q",    "ruby", "s",    "samp",
    "small", "span", "strike",  "strong", "sub", "sup", "time", "tt",   "u",    "var",  "wbr",
};

static bool is_one_of(xmlNodePtr node, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (str_eq_nocase(markup_str(node->name), names[i])) {
            return true;
        }
    }
    return false;
}

static bool is_unread(xmlNodePtr node)
{
    static const char *const names[] = { "script", "style", "template" };
    return node->type == XML_ELEMENT_NODE && is_one_of(node, names, ARRAY_LEN(names));
}

static bool is_break(xmlNodePtr node)
{
    return node->type == XML_ELEMENT_NODE &&
           !is_one_of(node, inline_names, ARRAY_LEN(inline_names));
}

// Bytes of white space at the start: HTML's, or a no-break space.
static size_t white(const char *text)
{
    size_t len = strspn(text, " \t\r\n\f");
    return len > 0 ? len : str_starts(text, "\xC2\xA0") ? 2 : 0;
}

static int append_space(struct buf *buf, size_t start)
{
    bool needed = buf->len > start && buf->data[buf->len - 1] != ' ';
    return needed ? buf_append_char(buf, ' ') : 0;
}

static int append_words(struct buf *buf, size_t start, const char *text)
{
    int r = 0;
    while (r == 0 && *text) {
        size_t blank = white(text);
        if (blank > 0) {
            r = append_space(buf, start);
            text += blank;
            continue;
        }
        size_t len = strcspn(text, " \t\r\n\f\xC2");
        len += len == 0 || (text[len] == '\xC2' && white(text + len) == 0) ? 1 : 0;
        r = buf_append(buf, text, len);
        text += len;
    }
    return r;
}

static int append_node(struct buf *buf, size_t start, xmlNodePtr node)
{
    if (node->type == XML_TEXT_NODE || node->type == XML_CDATA_SECTION_NODE) {
        return node->content ? append_words(buf, start, markup_str(node->content)) : 0;
    }
    return is_break(node) ? append_space(buf, start) : 0;
}

// The node behind `node` and all below it, in `top`; NULL at the end. Elements that are left say
// so: a block ends a word there too.
static int leave(struct buf *buf, size_t start, xmlNodePtr top, xmlNodePtr *node)
{
    int r = 0;
    while (r == 0 && *node != top && !(*node)->next) {
        *node = (*node)->parent;
        r = is_break(*node) ? append_space(buf, start) : 0;
    }
    *node = *node == top ? NULL : (*node)->next;
    return r;
}

static bool has_content(xmlNodePtr node)
{
    return node->type == XML_ELEMENT_NODE && node->children;
}

int html_append_text(struct buf *buf, xmlNodePtr top)
{
    size_t start = buf->len;
    xmlNodePtr node = top;
    int r = 0;
    while (r == 0 && node) {
        bool skipped = node != top && is_unread(node);
        r = skipped ? 0 : append_node(buf, start, node);
        if (r == 0 && !skipped && has_content(node)) {
            node = node->children;
        } else if (r == 0) {
            xmlNodePtr left = node;
            r = node != top && is_break(node) ? append_space(buf, start) : 0;
            r = r ? r : leave(buf, start, top, &left);
            node = left;
        }
    }
    if (r == 0 && buf->len > start && buf->data[buf->len - 1] == ' ') {
        buf->data[--buf->len] = '\0';
    }
    return r;
}

static int write_to_buf(void *userdata, const char *data, int len)
{
    return buf_append(userdata, data, (size_t)len) == 0 ? len : -1;
}

int html_append_content(struct buf *buf, xmlNodePtr element)
{
    xmlOutputBufferPtr out = xmlOutputBufferCreateIO(write_to_buf, NULL, buf, NULL);
    if (!out) {
        return -ENOMEM;
    }
    for (xmlNodePtr at = element->children; at && out->error == 0; at = at->next) {
        htmlNodeDumpFormatOutput(out, element->doc, at, "UTF-8", 0);
    }
    return xmlOutputBufferClose(out) < 0 ? -EMSGSIZE : 0;
}
