// RFC 8288 section 3 and its appendix B.3: links are separated by commas, parameters by semicolons,
// and both may stand in quoted values.

#include "sources/page/link-header.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "bridge/base/str.h"
#include "bridge/model/http.h"

#define BLANKS " \t"

struct text {
    const char *at;
    size_t len;
};

struct link {
    struct text reference;
    struct text rel; // of the first `rel`; still with its escapes
    bool has_rel;
    bool has_anchor;
};

static const char *skip_blanks(const char *at)
{
    return at + strspn(at, BLANKS);
}

// A token or a quoted value; *at moves behind it. False when a quote is not closed.
static bool read_value(const char **at, struct text *ret)
{
    const char *c = *at;
    if (*c != '"') {
        *ret = (struct text){ .at = c, .len = strcspn(c, ",;" BLANKS) };
        *at = c + ret->len;
        return true;
    }
    ret->at = ++c;
    while (*c != '\0' && *c != '"') {
        c += *c == '\\' && c[1] != '\0' ? 2 : 1;
    }
    ret->len = (size_t)(c - ret->at);
    *at = *c == '"' ? c + 1 : c;
    return *c == '"';
}

static bool is_named(struct text name, const char *wanted)
{
    return name.len == strlen(wanted) && strncasecmp(name.at, wanted, name.len) == 0;
}

// One parameter, behind its ';'.
static bool read_parameter(const char **at, struct link *link)
{
    struct text value = { 0 };
    const char *c = skip_blanks(*at);
    struct text name = { .at = c, .len = strcspn(c, "=,;" BLANKS) };
    c = skip_blanks(c + name.len);
    bool sound = true;
    if (*c == '=') {
        c = skip_blanks(c + 1);
        sound = read_value(&c, &value);
    }
    if (is_named(name, "rel") && !link->has_rel) { // the first one counts
        link->rel = value;
        link->has_rel = true;
    }
    link->has_anchor |= is_named(name, "anchor");
    *at = skip_blanks(c);
    return sound && (**at == ';' || **at == ',' || **at == '\0');
}

// The next link of the value; *at moves behind it and its comma. False at the end and where the
// grammar is broken.
static bool read_link(const char **at, struct link *ret)
{
    const char *c = *at + strspn(*at, "," BLANKS); // empty members of a list are nothing
    const char *end = *c == '<' ? strchr(c, '>') : NULL;
    if (!end) {
        return false;
    }
    *ret = (struct link){ .reference = { .at = c + 1, .len = (size_t)(end - c - 1) } };
    c = skip_blanks(end + 1);
    while (*c == ';') {
        c++;
        if (!read_parameter(&c, ret)) {
            return false;
        }
    }
    *at = c;
    return *c == ',' || *c == '\0';
}

// Relation types are separated by spaces and compared without case.
static bool has_relation(struct text rel, const char *wanted)
{
    size_t len = strlen(wanted);
    const char *end = rel.len > 0 ? rel.at + rel.len : rel.at; // no relation at all is NULL
    for (const char *c = rel.at; c < end;) {
        size_t n = 0;
        while (c + n < end && !strchr(BLANKS, c[n])) {
            n++;
        }
        if (n == len && strncasecmp(c, wanted, len) == 0) {
            return true;
        }
        c += n + 1;
    }
    return false;
}

int link_header_find(const struct headers *headers, const char *rel, char **ret)
{
    *ret = NULL;
    for (size_t i = 0; i < headers->n; i++) {
        struct link link;
        const char *at = headers->v[i].value;
        if (!str_eq_nocase(headers->v[i].name, "link")) {
            continue;
        }
        while (read_link(&at, &link)) {
            if (!link.has_anchor && link.has_rel && has_relation(link.rel, rel)) {
                *ret = strndup(link.reference.at, link.reference.len);
                return *ret ? 0 : -ENOMEM;
            }
        }
    }
    return 0;
}
