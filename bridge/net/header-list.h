#pragma once
// The header fields of a request in the form libcurl takes. Nodes and texts lie in one block of
// memory that is used again by the next request, so most requests allocate nothing.
//
// User-Agent and Accept-Encoding are written here although libcurl has options for them: it copies
// what the options say once more, character by character through its printf, with every request.

#include <stdbool.h>
#include <stddef.h>

#include <curl/curl.h>

#include "bridge/base/cleanup.h"

struct http_request;

struct header_list {
    struct curl_slist *first; // points into block; NULL: no fields
    char *block;
    size_t size;
};

struct header_rules {
    bool left_origin;       // a redirect led elsewhere: nothing secret goes along
    bool has_body;          // one is sent
    bool dropped_body;      // a redirect made a GET of it: nothing that describes a body goes along
    const char *host;       // NULL: libcurl writes the URL's
    const char *user_agent; // NULL: none
    const char *accept_encoding; // NULL: none
};

void header_list_deinit(struct header_list *list); // wipes
// 0 or -ENOMEM.
int header_list_build(struct header_list *list, const struct http_request *request,
                      const struct header_rules *rules) MUST_CHECK;
