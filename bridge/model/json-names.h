#pragma once
// Member names that come again and again, kept once for all trees of the process. Any thread.

#include <stddef.h>

// The name as a text that stays for good; NULL: not one that is kept.
const char *name_keep(const char *text, size_t len);
