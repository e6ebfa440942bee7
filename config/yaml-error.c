#include "config/yaml-error.h"

#include <errno.h>

#include "bridge/base/str.h"
#include "config/tree.h"

struct place place_of_mark(yaml_mark_t mark)
{
    return (struct place){ .line = (unsigned)mark.line + 1, .column = (unsigned)mark.column + 1 };
}

static bool is_inside_character(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

static struct place place_of_offset(const char *text, size_t offset)
{
    struct place place = { .line = 1, .column = 1 };
    for (size_t i = 0; i < offset; i++) {
        if (text[i] == '\n') {
            place.line++;
            place.column = 1;
        } else if (!is_inside_character(text[i])) {
            place.column++;
        }
    }
    return place;
}

// The bytes before and at libyaml's mark, which counts characters, also in `index`.
struct around {
    char before, at; // 0 outside the text
};

static struct around look_around(const char *text, size_t len, yaml_mark_t mark)
{
    struct around around = { 0 };
    size_t index = 0;
    for (size_t i = 0; i < len; i++) {
        if (is_inside_character(text[i])) {
            continue;
        }
        around.before = around.at;
        around.at = text[i];
        if (index == mark.index) {
            return around;
        }
        index++;
    }
    return (struct around){ 0 };
}

int explain_parser_error(const yaml_parser_t *parser, const char *text, size_t len,
                         struct problem_list *problems)
{
    if (parser->error == YAML_MEMORY_ERROR) {
        return -ENOMEM;
    }
    const char *what = parser->problem ? parser->problem : "it cannot be read";
    struct place place = place_of_mark(parser->problem_mark);
    struct around around = look_around(text, len, parser->problem_mark);
    if (parser->error == YAML_READER_ERROR) {
        size_t offset = parser->problem_offset < len ? parser->problem_offset : len;
        problem_list_add(problems, place_of_offset(text, offset), "yaml_syntax",
                         "this is not valid YAML: %s (character code %d); remove it", what,
                         parser->problem_value);
    } else if (around.before == '$' && around.at == '{') {
        problem_list_add(problems, place, "yaml_syntax",
                         "this is not valid YAML: between { } or [ ] a value with ${…} must stand "
                         "in quotes");
    } else if (around.at == '\t') {
        problem_list_add(problems, place, "yaml_syntax",
                         "this is not valid YAML: a tab stands where white space counts; use "
                         "spaces");
    } else if (parser->context) {
        problem_list_add(problems, place, "yaml_syntax",
                         "this is not valid YAML: %s, %s that begins in line %u; check the "
                         "indentation, the quotes and the brackets there",
                         what, parser->context, place_of_mark(parser->context_mark).line);
    } else {
        problem_list_add(problems, place, "yaml_syntax",
                         "this is not valid YAML: %s; check the indentation, the quotes and the "
                         "brackets here",
                         what);
    }
    return TREE_E_BROKEN;
}

int check_text(const char *text, size_t len, struct problem_list *problems)
{
    if (len > TREE_TEXT_MAX) {
        problem_list_add(problems, (struct place){ 0 }, "limit",
                         "the file is larger than 64 MiB; split it into several processes");
        return TREE_E_BROKEN;
    }
    size_t bad = 0;
    if (!str_is_utf8(text, len, &bad)) {
        problem_list_add(problems, place_of_offset(text, bad), "not_utf8",
                         "this byte (0x%02X) is not UTF-8; save the file as UTF-8",
                         (unsigned char)text[bad]);
        return TREE_E_BROKEN;
    }
    return 0;
}
