#pragma once
// Which member of the items tells them apart, where nobody said. Pure.

#include <stddef.h>

#include "bridge/base/buf.h"
#include "bridge/base/cleanup.h"

struct json_object;

// Among the members (also those of an object in the item) that are text or a whole number in every
// item and differ from item to item, in both lists, the first of: id, _id, @id, uuid, guid, uid,
// key; names that end in id, number, no or code; version, platform, slug, symbol, ref; name, title;
// time, date, dt, hour, period; url, link. Appends its path to `ret`; nothing when there is none.
// 0 or -ENOMEM. `before` may be NULL; what is no object in it has no key.
int key_guess(struct json_object *before, struct json_object *after, struct buf *ret) MUST_CHECK;
