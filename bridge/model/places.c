#include "bridge/model/places.h"

#include <errno.h>
#include <string.h>

#include <json-c/json.h>

#include "bridge/base/buf.h"
#include "bridge/base/problem.h"
#include "bridge/base/str.h"
#include "bridge/model/http.h"
#include "bridge/model/json.h"

#define OPEN     "{{"
#define CLOSE    "}}"
#define NAME_MAX 128

struct place {
    char name[NAME_MAX];
    const char *open; // where it begins, in the text
    const char *end;  // what follows it
};

bool places_in(const char *text)
{
    return strstr(text, OPEN) != NULL;
}

bool places_in_origin(const char *url)
{
    const char *open = strstr(url, OPEN);
    const char *scheme = strstr(url, "://");
    const char *host = scheme && scheme < open ? scheme + strlen("://") : url;
    return open && open <= host + strcspn(host, "/?#");
}

// `{{ name }}`, or `{{ .name }}` as a path would be written.
static int read_place(const char *open, struct place *ret, struct problem **reterr)
{
    const char *name = open + strlen(OPEN);
    const char *close = strstr(name, CLOSE);
    if (!close) {
        return problem_set(reterr, PLACES_E_UNFIT, "place_syntax",
                           "the closing }} of \"%.40s\" is missing", open);
    }
    name += strspn(name, " ");
    name += *name == '.';
    size_t len = close > name ? (size_t)(close - name) : 0;
    while (len > 0 && name[len - 1] == ' ') {
        len--;
    }
    if (len == 0 || len >= NAME_MAX) {
        return problem_set(reterr, PLACES_E_UNFIT, "place_syntax",
                           "the place {{ }} needs the name of a member, such as {{ region }}");
    }
    (void)memcpy(ret->name, name, len);
    ret->name[len] = '\0';
    ret->open = open;
    ret->end = close + strlen(CLOSE);
    return 0;
}

static int missing(const struct place *place, struct json_object *members, struct problem **reterr)
{
    AUTO_BUF struct buf names = { 0 };
    int r = 0;
    json_object_object_foreach(members, key, value)
    {
        (void)value;
        r = r ? r : buf_printf(&names, "%s\"%.64s\"", names.len ? ", " : "", key);
    }
    return r ? r
             : problem_set(reterr, PLACES_E_UNFIT, "missing_member",
                           "{{ %s }} names no member of for_each; there is %s", place->name,
                           buf_str(&names));
}

// The member as text; strings bare.
static int write_member(struct json_object *value, struct buf *ret)
{
    if (json_object_is_type(value, json_type_string)) {
        return buf_append(ret, json_object_get_string(value),
                          (size_t)json_object_get_string_len(value));
    }
    return json_write_canonical(ret, value);
}

static bool has_dot_segment(const char *text)
{
    for (const char *at = text; at; at = strchr(at, '/')) {
        at += *at == '/';
        size_t len = strcspn(at, "/");
        if ((len == 1 && at[0] == '.') || (len == 2 && at[0] == '.' && at[1] == '.')) {
            return true;
        }
    }
    return false;
}

static int append_in_path(struct buf *ret, const char *text)
{
    int r = 0;
    while (r == 0 && *text) {
        size_t len = strcspn(text, "/");
        AUTO_FREE char *segment = strndup(text, len);
        r = segment ? url_encode(ret, segment) : -ENOMEM;
        text += len;
        if (r == 0 && *text == '/') {
            r = buf_append_char(ret, *text++);
        }
    }
    return r;
}

static int fill_url(const struct place *place, const char *text, const char *value, struct buf *ret,
                    struct problem **reterr)
{
    if (place->open == text) {
        return buf_append_str(ret, value);
    }
    if (strchr(buf_str(ret), '?')) {
        return url_encode(ret, value);
    }
    if (has_dot_segment(value)) {
        return problem_set(reterr, PLACES_E_UNFIT, "bad_member",
                           "{{ %s }} would climb in the path of the URL: \".\" and \"..\" cannot "
                           "stand there",
                           place->name);
    }
    return append_in_path(ret, value);
}

// Is the place all there is between the quotes, of a value and not of a member's name?
static bool is_whole_string(const struct place *place, const char *text)
{
    bool opened = place->open > text && place->open[-1] == '"' &&
                  (place->open - 1 == text || place->open[-2] != '\\');
    return opened && place->end[0] == '"' && place->end[1] != ':';
}

static int fill_json(const struct place *place, const char *text, struct json_object *value,
                     struct buf *ret)
{
    if (json_object_is_type(value, json_type_string)) {
        AUTO_BUF struct buf quoted = { 0 };
        int r = json_write_string(&quoted, json_object_get_string(value),
                                  (size_t)json_object_get_string_len(value));
        return r ? r : buf_append(ret, quoted.data + 1, quoted.len - 2);
    }
    if (is_whole_string(place, text)) {
        ret->len--; // the quote before it; that behind it is skipped by the caller
    }
    return json_write_canonical(ret, value);
}

static int fill(const struct place *place, const char *text, enum places_form form,
                struct json_object *value, struct buf *ret, struct problem **reterr)
{
    if (form == PLACES_JSON) {
        return fill_json(place, text, value, ret);
    }
    AUTO_BUF struct buf member = { 0 };
    int r = write_member(value, &member);
    if (r == 0 && strlen(buf_str(&member)) != member.len) {
        return problem_set(reterr, PLACES_E_UNFIT, "bad_member",
                           "{{ %s }} holds a NUL, which cannot be sent", place->name);
    }
    if (r == 0 && form == PLACES_URL) {
        return fill_url(place, text, buf_str(&member), ret, reterr);
    }
    return r ? r : buf_append(ret, member.data, member.len);
}

int places_fill(const char *text, enum places_form form, struct json_object *members,
                struct buf *ret, struct problem **reterr)
{
    const char *at = text;
    const char *open = NULL;
    int r = 0;
    while (r == 0 && members && (open = strstr(at, OPEN))) {
        struct place place;
        struct json_object *value = NULL;
        r = buf_append(ret, at, (size_t)(open - at));
        r = r ? r : read_place(open, &place, reterr);
        if (r == 0 && !json_object_object_get_ex(members, place.name, &value)) {
            return missing(&place, members, reterr);
        }
        r = r ? r : fill(&place, text, form, value, ret, reterr);
        if (r == 0) {
            bool typed = form == PLACES_JSON && is_whole_string(&place, text) &&
                         !json_object_is_type(value, json_type_string);
            at = place.end + (typed ? 1 : 0);
        }
    }
    return r ? r : buf_append_str(ret, at);
}
