#pragma once
// XML as JSON: an object with the root element as its one member. Attributes are `@name`, text
// beside attributes or children is `#text`, an element of nothing but text is a string, an empty
// one null, repeated ones are an array. White space around text, comments and namespace
// declarations do not count; prefixes stay.

#include "bridge/base/cleanup.h"

struct decode_settings;
struct http_response;
struct json_object;
struct problem;

// As decode_fn (sources/decode/format.h).
int decode_xml(const struct http_response *response, const struct decode_settings *settings,
               struct json_object **ret, struct problem **reterr) MUST_CHECK;
