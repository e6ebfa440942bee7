// A small scanner for jq's tokens: enough to tell a call from a field, a string or a comment.

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/base/problem.h"
#include "bridge/expr/guard.h"

#define NESTING_MAX 64
#define DIGITS_MAX  40

static const char *const refused[] = {
    "env",    "input",     "inputs",        "input_filename",  "input_line_number",
    "debug",  "stderr",    "halt",          "halt_error",      "modulemeta",
    "now",    "localtime", "strflocaltime", "get_search_list", "get_prog_origin",
    "import", "include",   "get_jq_origin",
};

#define REFUSE(name)     "def " name ": error(\"" name " is not available in an expression\");"
#define REFUSE_ARG(name) "def " name "(f): error(\"" name " is not available in an expression\");"

// One line, so that jq's line numbers stay those of the user's text. The wrapped builtins, as
// tried on libjq 1.6: implode asserts on what is no code point, strftime on a time out of range or
// a format that is no string, indices("") never returns.
const char guard_prelude[] = REFUSE("env") REFUSE("input") REFUSE("inputs") REFUSE(
    "input_filename") REFUSE("input_line_number") REFUSE("debug") REFUSE("stderr") REFUSE("halt")
    REFUSE("halt_error") REFUSE_ARG("halt_error") REFUSE("modulemeta") REFUSE("now") REFUSE(
        "localtime") REFUSE_ARG("strflocaltime") REFUSE("get_search_list") REFUSE("get_prog_origin")
        REFUSE(
            "get_jq_origin") "def _implode: implode;"
                             "def implode: if type == \"array\" and all(.[]; type == \"number\" "
                             "and . >= 0 and"
                             " . <= 1114111 and (. < 55296 or . > 57343)) then _implode"
                             " else error(\"implode needs a list of code points\") end;"
                             "def _strftime($f): strftime($f);"
                             "def strftime(f): f as $f | if ($f | type) != \"string\" then"
                             " error(\"strftime needs a format in a string\")"
                             " elif type == \"number\" and ((. >= -1e15 and . <= 1e15) | not) then"
                             " error(\"strftime needs seconds since 1970\") else _strftime($f) end;"
                             "def todateiso8601: strftime(\"%Y-%m-%dT%H:%M:%SZ\");"
                             "def todate: todateiso8601; def date: todate;"
                             "def _indices($i): indices($i);"
                             "def indices($i): if $i == \"\" then [] else _indices($i) end;"
                             "def index($i): if $i == \"\" then null else _indices($i) | .[0] end;"
                             "def rindex($i): if $i == \"\" then null else _indices($i) | "
                             ".[-1:][0] end;"
                             "{} as $ENV | ";

struct scan {
    const char *text;
    const char *at;
    char before;    // the last character of the token before, '\0' at the start
    unsigned depth; // open parentheses
    unsigned interpolations[NESTING_MAX]; // depth at which each "\( … )" began
    unsigned nested;
    struct problem **reterr;
};

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

// Behind an opening quote or the parenthesis that ends an interpolation. libjq 1.6 leaks when it has
// to complain about a string without an end, and complains in riddles.
static int skip_string(struct scan *scan)
{
    while (*scan->at != '\0' && *scan->at != '"') {
        if (scan->at[0] == '\\' && scan->at[1] == '(') {
            if (scan->nested == NESTING_MAX) {
                return problem_set(scan->reterr, GUARD_E_REFUSED, "expr_limit",
                                   "strings are nested deeper than %d here", NESTING_MAX);
            }
            scan->at += 2;
            scan->interpolations[scan->nested++] = scan->depth;
            scan->before = '(';
            return 0;
        }
        scan->at += scan->at[0] == '\\' && scan->at[1] != '\0' ? 2 : 1;
    }
    if (*scan->at == '\0') {
        return problem_set(scan->reterr, GUARD_E_REFUSED, "expr_syntax",
                           "a string has no end: a \" is missing");
    }
    scan->at++;
    scan->before = '"';
    return 0;
}

static int refuse(const struct scan *scan, const char *name)
{
    return problem_set_at(scan->reterr, GUARD_E_REFUSED, "expr_refused", NULL, 1,
                          (unsigned)(scan->at - scan->text) + 1,
                          "%s is not available in an expression, which sees its document alone "
                          "(a member of that name is written .%s)",
                          name, name[0] == '$' ? name + 1 : name);
}

static bool is_key(const struct scan *scan, const char *end)
{
    while (isspace((unsigned char)*end)) {
        end++;
    }
    return (scan->before == '{' || scan->before == ',') && end[0] == ':' && end[1] != ':';
}

// libjq 1.6 reads every literal as a double and would silently compare with another number.
static int check_integer(const struct scan *scan, size_t len)
{
    char rounded[DIGITS_MAX + 1];
    size_t zeros = strspn(scan->at, "0");
    if (len <= zeros || strspn(scan->at, "0123456789") < len) {
        return 0; // zero, or with an exponent
    }
    if (len - zeros <= DIGITS_MAX) {
        (void)snprintf(rounded, sizeof(rounded), "%.0f", strtod(scan->at + zeros, NULL));
        if (strlen(rounded) == len - zeros && memcmp(rounded, scan->at + zeros, len - zeros) == 0) {
            return 0;
        }
    }
    return problem_set_at(scan->reterr, GUARD_E_REFUSED, "expr_refused", NULL, 1,
                          (unsigned)(scan->at - scan->text) + 1,
                          "jq cannot hold the integer that begins with %.20s exactly; it would be "
                          "taken for another number (integers up to 9007199254740992 are safe)",
                          scan->at);
}

static int scan_word(struct scan *scan)
{
    const char *end = scan->at;
    while (is_word(*end)) {
        end++;
    }
    size_t len = (size_t)(end - scan->at);
    if (isdigit((unsigned char)*scan->at) && scan->before != '.' && *end != '.') {
        int r = check_integer(scan, len);
        if (r) {
            return r;
        }
    } else if (scan->before == '$') {
        bool secret = (len == 3 && memcmp(scan->at, "ENV", 3) == 0) ||
                      (len == 11 && memcmp(scan->at, "__prog_args", 11) == 0);
        if (secret) {
            return refuse(scan, len == 3 ? "$ENV" : "$__prog_args");
        }
    } else if (scan->before != '.' && scan->before != '@' && !is_key(scan, end)) {
        for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
            if (strlen(refused[i]) == len && memcmp(refused[i], scan->at, len) == 0) {
                return refuse(scan, refused[i]);
            }
        }
    }
    scan->at = end;
    scan->before = 'a';
    return 0;
}

static int scan_sign(struct scan *scan)
{
    char c = *scan->at++;
    if (c == '"') {
        return skip_string(scan);
    }
    if (c == ')' && scan->nested > 0 && scan->interpolations[scan->nested - 1] == scan->depth) {
        scan->nested--;
        return skip_string(scan);
    }
    if (c == '(') {
        scan->depth++;
    } else if (c == ')' && scan->depth > 0) {
        scan->depth--;
    }
    scan->before = c;
    return 0;
}

int guard_check(const char *text, struct problem **reterr)
{
    struct scan scan = { .text = text, .at = text, .reterr = reterr };
    int r = 0;
    while (r == 0 && *scan.at != '\0') {
        if (*scan.at == '#') {
            scan.at += strcspn(scan.at, "\n");
        } else if (isspace((unsigned char)*scan.at)) {
            // A dot or $ and its word stand together; behind a space it is a word of its own.
            scan.before = scan.before == '.' || scan.before == '$' ? ' ' : scan.before;
            scan.at++;
        } else if (is_word(*scan.at)) {
            r = scan_word(&scan);
        } else {
            r = scan_sign(&scan);
        }
    }
    return r;
}
