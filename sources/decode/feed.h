#pragma once
// Feeds of any kind (RSS 0.9x, 1.0, 2.0, Atom, JSON Feed) in one shape:
//   { title, link, description, items: [ { id, guid, link, title, author, published, updated,
//     summary, content, categories, enclosures } ] }
// Members a feed does not have are absent, but every item has an `id`: its own, else its link, else
// its title and date. Times of the feed itself are left out: they change without news. Dates are
// in UTC (RFC 3339) where they can be understood.

#include "bridge/base/cleanup.h"

struct decode_settings;
struct http_response;
struct json_object;
struct problem;

// As decode_fn (sources/decode/format.h).
int decode_feed(const struct http_response *response, const struct decode_settings *settings,
                struct json_object **ret, struct problem **reterr) MUST_CHECK;
