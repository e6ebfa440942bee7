#include "sources/decode/xml.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include <json-c/json.h>

#include "bridge/base/buf.h"
#include "bridge/base/problem.h"
#include "bridge/base/str.h"
#include "bridge/model/json.h"
#include "bridge/spi/source.h"
#include "sources/decode/answer-text.h"
#include "sources/decode/format.h"
#include "sources/decode/markup.h"

struct mapping {
    const struct string_list *lists;
    struct problem **reterr;
};

static int map_element(const struct mapping *mapping, xmlNodePtr element, struct json_object **ret);

static bool is_list(const struct mapping *mapping, const char *name)
{
    for (size_t i = 0; i < mapping->lists->n; i++) {
        if (str_eq(mapping->lists->v[i], name)) {
            return true;
        }
    }
    return false;
}

static int append_name(struct buf *buf, const xmlNs *ns, const xmlChar *name)
{
    int r = ns && ns->prefix ? buf_printf(buf, "%s:", markup_str(ns->prefix)) : 0;
    return r ? r : buf_append_str(buf, markup_str(name));
}

static int add_text(struct json_object *object, const char *name, const char *text, size_t len)
{
    struct json_object *value = json_object_new_string_len(text, (int)len);
    if (!value || json_object_object_add(object, name, value) < 0) {
        (void)json_object_put(value);
        return -ENOMEM;
    }
    return 0;
}

static int add_attribute(struct json_object *object, const xmlAttr *attribute)
{
    AUTO_BUF struct buf name = { 0 };
    AUTO_XML xmlChar *value =
        xmlNodeListGetString(attribute->doc, attribute->children, /* inline */ 1);
    const char *text = value ? markup_str(value) : "";
    int r = buf_append_char(&name, '@');
    r = r ? r : append_name(&name, attribute->ns, attribute->name);
    return r ? r : add_text(object, buf_str(&name), text, strlen(text));
}

// Takes `take`, also on failure.
static int add_to_array(struct json_object *array, struct json_object *take)
{
    if (json_object_array_add(array, take) < 0) {
        (void)json_object_put(take);
        return -ENOMEM;
    }
    return 0;
}

// Takes `take`, also on failure; *ret borrows it.
static int put(struct json_object *object, const char *name, struct json_object *take,
               struct json_object **ret)
{
    if (json_object_object_add(object, name, take) < 0) {
        (void)json_object_put(take);
        return -ENOMEM;
    }
    *ret = take;
    return 0;
}

static int replace_by_array(struct json_object *object, const char *name, struct json_object *first,
                            struct json_object **ret)
{
    AUTO_JSON struct json_object *array = json_object_new_array();
    int r = array ? add_to_array(array, json_object_get(first)) : -ENOMEM;
    return r ? r : put(object, name, STEAL(array), ret);
}

// The first of a name is a member, the next ones make it an array; no element's value is one.
static int add_child(const struct mapping *mapping, struct json_object *object, const char *name,
                     struct json_object *take)
{
    AUTO_JSON struct json_object *value = take;
    struct json_object *there = NULL;
    bool known = json_object_object_get_ex(object, name, &there);
    int r = 0;
    if (known && !json_object_is_type(there, json_type_array)) {
        r = replace_by_array(object, name, there, &there);
    } else if (!known && is_list(mapping, name)) {
        there = json_object_new_array();
        r = there ? put(object, name, there, &there) : -ENOMEM;
    } else if (!known) {
        return put(object, name, STEAL(value), &there);
    }
    return r ? r : add_to_array(there, STEAL(value));
}

static int map_child(const struct mapping *mapping, xmlNodePtr child, struct json_object *object)
{
    AUTO_BUF struct buf name = { 0 };
    struct json_object *value = NULL;
    int r = append_name(&name, child->ns, child->name);
    r = r ? r : map_element(mapping, child, &value);
    return r ? r : add_child(mapping, object, buf_str(&name), value);
}

static int map_content(const struct mapping *mapping, const xmlNode *element,
                       struct json_object *object, struct buf *text)
{
    int r = 0;
    for (const xmlAttr *at = element->properties; r == 0 && at; at = at->next) {
        r = add_attribute(object, at);
    }
    for (xmlNodePtr at = element->children; r == 0 && at; at = at->next) {
        if (at->type == XML_ELEMENT_NODE) {
            r = map_child(mapping, at, object);
        } else if (at->type == XML_TEXT_NODE || at->type == XML_CDATA_SECTION_NODE) {
            r = buf_append_str(text, markup_str(at->content));
        }
    }
    return r;
}

static int map_element(const struct mapping *mapping, xmlNodePtr element, struct json_object **ret)
{
    AUTO_JSON struct json_object *object = json_object_new_object();
    AUTO_BUF struct buf text = { 0 };
    int r = object ? map_content(mapping, element, object, &text) : -ENOMEM;
    if (r) {
        return r;
    }
    const char *start = buf_str(&text) + strspn(buf_str(&text), " \t\r\n");
    size_t len = strlen(start);
    while (len > 0 && strchr(" \t\r\n", start[len - 1])) {
        len--;
    }
    if (len > INT_MAX) { // json-c counts the bytes of a string in an int
        return answer_too_many("bytes in one element", mapping->reterr);
    }
    if (json_object_object_length(object) > 0) {
        r = len > 0 ? add_text(object, "#text", start, len) : 0;
        *ret = r ? NULL : STEAL(object);
        return r;
    }
    *ret = len > 0 ? json_object_new_string_len(start, (int)len) : NULL;
    return len > 0 && !*ret ? -ENOMEM : 0;
}

// The array around repeated elements is a level of its own, so the depth of the elements is not
// that of the result.
static bool is_within_depth(struct json_object *value, unsigned left)
{
    bool fits = true;
    if (json_object_is_type(value, json_type_object)) {
        fits = left > 0;
        json_object_object_foreach(value, name, member)
        {
            (void)name;
            fits = fits && is_within_depth(member, left - 1);
        }
    } else if (json_object_is_type(value, json_type_array)) {
        fits = left > 0;
        for (size_t i = 0; fits && i < json_object_array_length(value); i++) {
            fits = is_within_depth(json_object_array_get_idx(value, i), left - 1);
        }
    }
    return fits;
}

static int map_document(const struct mapping *mapping, xmlDocPtr doc, struct json_object **ret)
{
    AUTO_JSON struct json_object *value = json_object_new_object();
    int r = value ? map_child(mapping, xmlDocGetRootElement(doc), value) : -ENOMEM;
    if (r == 0 && !is_within_depth(value, JSON_DEPTH_MAX)) {
        return problem_set(mapping->reterr, SOURCE_E_BAD_ANSWER, "xml_limit",
                           "elements are nested too deeply: as JSON, with an array around repeated "
                           "ones, they are more than %d levels",
                           JSON_DEPTH_MAX);
    }
    if (r == 0) {
        *ret = STEAL(value);
    }
    return r;
}

int decode_xml(const struct http_response *response, const struct decode_settings *settings,
               struct json_object **ret, struct problem **reterr)
{
    const struct mapping mapping = { &settings->xml.lists, reterr };
    AUTO_TEXT struct answer_text text = { 0 };
    AUTO_DOC xmlDocPtr doc = NULL;
    int r = answer_text_get(&text, response, settings, TEXT_DECLARES_AS_XML, reterr);
    if (r == 0 && answer_text_is_blank(&text)) {
        r = problem_set(reterr, SOURCE_E_BAD_ANSWER, "empty_answer", "the answer is empty");
    }
    r = r ? r : markup_read_xml(&doc, &text, reterr);
    return r ? r : map_document(&mapping, doc, ret);
}
