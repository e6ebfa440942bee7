#pragma once
// A document as a person looks at it: indented, its secrets struck out, and not longer than a
// screen.

#include "bridge/base/cleanup.h"

struct buf;
struct bytes;

// Appends the lines of the JSON text `document`. 0 or -ENOMEM.
int document_text(const struct bytes *document, struct buf *ret) MUST_CHECK;
