#pragma once
// What libyaml says, in our words and with our places. Used by tree.c only.

#include <stddef.h>
#include <yaml.h>

#include "bridge/base/cleanup.h"
#include "config/problems.h"

struct place place_of_mark(yaml_mark_t mark);
// Lists why the parser gave up. TREE_E_BROKEN, -ENOMEM.
int explain_parser_error(const yaml_parser_t *parser, const char *text, size_t len,
                         struct problem_list *problems) MUST_CHECK;
// Size and encoding, before libyaml sees the text. 0, TREE_E_BROKEN.
int check_text(const char *text, size_t len, struct problem_list *problems) MUST_CHECK;
