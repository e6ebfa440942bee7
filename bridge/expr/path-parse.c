// The text of a path to its steps.

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "bridge/base/buf.h"
#include "bridge/base/problem.h"
#include "bridge/expr/path.h"

struct parser {
    const char *text;
    const char *at;
    enum path_dialect dialect;
    struct path path;
    size_t cap;
    struct problem **reterr;
};

static int fail(const struct parser *parser, const char *message)
{
    return problem_set_at(parser->reterr, PATH_E_SYNTAX, "path_syntax", NULL, 1,
                          (unsigned)(parser->at - parser->text) + 1, "%s", message);
}

static void skip_space(struct parser *parser)
{
    while (*parser->at == ' ' || *parser->at == '\t' || *parser->at == '\n' ||
           *parser->at == '\r') {
        parser->at++;
    }
}

static int add_step(struct parser *parser, struct path_step step)
{
    if (parser->path.n == PATH_STEPS_MAX) {
        free(step.name);
        return fail(parser, "a path has at most 64 steps");
    }
    if (parser->path.n == parser->cap) {
        size_t cap = parser->cap == 0 ? 4 : parser->cap * 2;
        struct path_step *v = reallocarray(parser->path.v, cap, sizeof(*v));
        if (v == NULL) {
            free(step.name);
            return -ENOMEM;
        }
        parser->path.v = v;
        parser->cap = cap;
    }
    parser->path.v[parser->path.n++] = step;
    return 0;
}

static int hex_unit(struct parser *parser, unsigned *ret)
{
    unsigned unit = 0;
    for (int i = 0; i < 4; i++, parser->at++) {
        int c = tolower((unsigned char)*parser->at);
        if (!isxdigit(c)) {
            return fail(parser, "\\u needs four hexadecimal digits");
        }
        unit = unit * 16 + (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
    }
    *ret = unit;
    return 0;
}

static int append_utf8(struct buf *buf, unsigned code)
{
    char out[4];
    size_t n = 0;
    if (code < 0x80) {
        out[n++] = (char)code;
    } else if (code < 0x800) {
        out[n++] = (char)(0xC0 | (code >> 6));
        out[n++] = (char)(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
        out[n++] = (char)(0xE0 | (code >> 12));
        out[n++] = (char)(0x80 | ((code >> 6) & 0x3F));
        out[n++] = (char)(0x80 | (code & 0x3F));
    } else {
        out[n++] = (char)(0xF0 | (code >> 18));
        out[n++] = (char)(0x80 | ((code >> 12) & 0x3F));
        out[n++] = (char)(0x80 | ((code >> 6) & 0x3F));
        out[n++] = (char)(0x80 | (code & 0x3F));
    }
    return buf_append(buf, out, n);
}

// At the four digits of \uXXXX; a pair of surrogates is one character.
static int unicode_escape(struct parser *parser, struct buf *buf)
{
    unsigned code = 0;
    int r = hex_unit(parser, &code);
    if (r == 0 && code >= 0xD800 && code < 0xDC00 && strncmp(parser->at, "\\u", 2) == 0) {
        unsigned low = 0;
        parser->at += 2;
        r = hex_unit(parser, &low);
        if (r == 0 && low >= 0xDC00 && low < 0xE000) {
            return append_utf8(buf, 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00));
        }
        code = 0xD800;
    }
    if (r != 0) {
        return r;
    }
    if (code == 0 || (code >= 0xD800 && code < 0xE000)) {
        return fail(parser, "a member name cannot hold this character");
    }
    return append_utf8(buf, code);
}

// Behind the backslash.
static int escape(struct parser *parser, struct buf *buf)
{
    static const char names[] = "\"\\/bfnrt";
    static const char values[] = "\"\\/\b\f\n\r\t";
    char c = *parser->at;
    const char *found = c == '\0' ? NULL : strchr(names, c);
    if (found != NULL) {
        parser->at++;
        return buf_append_char(buf, values[found - names]);
    }
    if (c != 'u') {
        return fail(parser, "this escape is not known in a member name");
    }
    parser->at++;
    return unicode_escape(parser, buf);
}

// At the opening quote; *ret is malloc'ed.
static int quoted_name(struct parser *parser, char **ret)
{
    AUTO_BUF struct buf buf = { 0 };
    int r = buf_reserve(&buf, 1);
    parser->at++;
    while (r == 0 && *parser->at != '"') {
        if (*parser->at == '\0') {
            return fail(parser, "the closing \" is missing");
        }
        if (*parser->at == '\\') {
            parser->at++;
            r = escape(parser, &buf);
        } else {
            r = buf_append_char(&buf, *parser->at++);
        }
    }
    if (r != 0) {
        return r;
    }
    parser->at++;
    // An empty buffer may own nothing; the name must be text all the same.
    *ret = strdup(buf_str(&buf));
    return *ret == NULL ? -ENOMEM : 0;
}

static bool starts_name(char c)
{
    return isalpha((unsigned char)c) || c == '_';
}

static int name_step(struct parser *parser, bool deep)
{
    struct path_step step = { .kind = PATH_MEMBER, .deep = deep };
    if (*parser->at == '"') {
        int r = quoted_name(parser, &step.name);
        return r != 0 ? r : add_step(parser, step);
    }
    const char *start = parser->at;
    while (starts_name(*parser->at) || isdigit((unsigned char)*parser->at)) {
        parser->at++;
    }
    step.name = strndup(start, (size_t)(parser->at - start));
    return step.name == NULL ? -ENOMEM : add_step(parser, step);
}

static int index_step(struct parser *parser, struct path_step *step)
{
    char *end;
    bool negative = *parser->at == '-';
    if (!isdigit((unsigned char)parser->at[negative ? 1 : 0])) {
        return fail(parser, "inside [ ] stands nothing, a number or a name in double quotes");
    }
    if (negative && parser->dialect == PATH_PATTERN) {
        return fail(parser, "a pattern cannot count from the end");
    }
    errno = 0;
    long long index = strtoll(parser->at, &end, 10);
    if (errno != 0 || index > INT32_MAX || index < INT32_MIN) {
        return fail(parser, "this index is too large");
    }
    parser->at = end;
    step->kind = PATH_INDEX;
    step->index = index;
    return 0;
}

// At the opening bracket.
static int bracket_step(struct parser *parser, bool deep)
{
    struct path_step step = { .kind = PATH_EACH, .deep = deep };
    int r = 0;
    parser->at++;
    skip_space(parser);
    if (*parser->at == '"') {
        step.kind = PATH_MEMBER;
        r = quoted_name(parser, &step.name);
    } else if (deep) {
        r = fail(parser, "after .. stands a member name");
    } else if (*parser->at != ']') {
        r = index_step(parser, &step);
    }
    skip_space(parser);
    if (r == 0 && *parser->at != ']') {
        r = fail(parser, "the closing ] is missing");
    }
    if (r != 0) {
        free(step.name);
        return r;
    }
    parser->at++;
    return add_step(parser, step);
}

// At a dot that is followed by something that makes it a step.
static int dot_step(struct parser *parser)
{
    bool deep = parser->at[1] == '.';
    if (deep && parser->dialect != PATH_PATTERN) {
        return fail(parser, ".. is not a plain path");
    }
    parser->at += deep ? 2 : 1;
    if (*parser->at == '[') {
        return bracket_step(parser, deep);
    }
    if (*parser->at == '"' || starts_name(*parser->at)) {
        return name_step(parser, deep);
    }
    return fail(parser, "after a dot stands a member name; a name with other characters than "
                        "letters, digits and _ is written .[\"the name\"]");
}

static bool ends_chain(char c)
{
    return c == '\0' || c == '|' || isspace((unsigned char)c);
}

// One chain of steps: `.`, `.a.b[0]?`.
static int chain(struct parser *parser)
{
    if (*parser->at != '.') {
        return fail(parser, "a path begins with a dot");
    }
    int r = 0;
    if (parser->at[1] == '[' || parser->at[1] == '?' || ends_chain(parser->at[1])) {
        parser->at++;
    }
    size_t first = parser->path.n;
    while (r == 0 && !ends_chain(*parser->at)) {
        if (*parser->at == '.') {
            r = dot_step(parser);
        } else if (*parser->at == '[') {
            r = bracket_step(parser, false);
        } else if (*parser->at == '?') {
            parser->at++;
            if (parser->path.n > first) {
                parser->path.v[parser->path.n - 1].optional = true;
            }
        } else {
            r = fail(parser, "this character does not belong into a path; a name with other "
                             "characters than letters, digits and _ is written .[\"the name\"]");
        }
    }
    return r;
}

static int whole(struct parser *parser)
{
    skip_space(parser);
    int r = chain(parser);
    skip_space(parser);
    while (r == 0 && *parser->at == '|' && parser->dialect == PATH_PLAIN) {
        parser->at++;
        skip_space(parser);
        r = chain(parser);
        skip_space(parser);
    }
    if (r == 0 && *parser->at != '\0') {
        r = fail(parser, "the path should end here");
    }
    return r;
}

int path_parse(struct path *ret, const char *text, enum path_dialect dialect,
               struct problem **reterr)
{
    struct parser parser = { .text = text, .at = text, .dialect = dialect, .reterr = reterr };
    int r = whole(&parser);
    if (r != 0) {
        path_deinit(&parser.path);
        return r;
    }
    *ret = parser.path;
    return 0;
}

void path_deinit(struct path *path)
{
    for (size_t i = 0; i < path->n; i++) {
        free(path->v[i].name);
    }
    free(path->v);
    *path = (struct path){ 0 };
}
