#pragma once
// The Link header field (RFC 8288), as far as pages need it.

#include <stddef.h>

#include "bridge/base/cleanup.h"

struct headers;

// The reference of the first link with this relation type that is about the answer itself (a link
// with an `anchor` is about something else); *ret is malloc'ed, and NULL when there is none. A
// value that breaks the grammar is read up to there. 0 or -ENOMEM.
int link_header_find(const struct headers *headers, const char *rel, char **ret) MUST_CHECK;
