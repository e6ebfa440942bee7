#pragma once
// Nodes of an HTML page that an XPath selects, as an array of { text, html, attributes }: `text` as
// a reader sees it, in one line; `html` what an element holds, where that is more than text;
// `attributes` of elements. An XPath that gives a number or a text is an array of one { text }.

#include "bridge/base/cleanup.h"

struct decode_settings;
struct http_response;
struct json_object;
struct problem;

// As decode_fn (sources/decode/format.h).
int decode_html(const struct http_response *response, const struct decode_settings *settings,
                struct json_object **ret, struct problem **reterr) MUST_CHECK;
// Can the XPath be used at all? 0, -EINVAL with words, -ENOMEM.
int html_check_xpath(const char *xpath, struct problem **reterr) MUST_CHECK;
