#pragma once
// What a node of a page reads as. For the HTML decoder only.

#include <libxml/tree.h>

#include "bridge/base/buf.h"
#include "bridge/base/cleanup.h"

// Appends the text of the node and all below as one line: runs of white space are one space, the
// boundary of a block or a cell is one too, scripts and styles do not count. 0, -ENOMEM, -EMSGSIZE.
int html_append_text(struct buf *buf, xmlNodePtr node) MUST_CHECK;
// Appends what the element holds as HTML. 0, -ENOMEM, -EMSGSIZE.
int html_append_content(struct buf *buf, xmlNodePtr element) MUST_CHECK;
