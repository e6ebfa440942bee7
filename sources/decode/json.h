#pragma once
// An answer to JSON: its content type must fit, its charset must be UTF-8, its text must be sound.

#include <stdbool.h>

#include "bridge/base/cleanup.h"

struct http_response;
struct json_object;
struct problem;

// any_type: the content type need not be JSON's, as long as it is not HTML's.
// 0; SOURCE_E_BAD_ANSWER with words (codes "content_type", "charset", "empty_answer", and those of
// json_read); -ENOMEM. JSON null is *ret = NULL with result 0.
int decode_json(const struct http_response *response, bool any_type, struct json_object **ret,
                struct problem **reterr) MUST_CHECK;
