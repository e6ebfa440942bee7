#pragma once
// The header fields of a request in the form libcurl takes. Nodes and texts lie in one block of
// memory that is used again by the next request, so most requests allocate nothing.

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
    bool left_origin; // a redirect led elsewhere: nothing secret goes along
    bool has_body;
    bool dropped_body;      // a redirect made a GET of it: nothing that describes a body goes along
    const char *host_field; // NULL: libcurl's own
};

void header_list_deinit(struct header_list *list); // wipes
// 0 or -ENOMEM.
int header_list_build(struct header_list *list, const struct http_request *request,
                      const struct header_rules *rules) MUST_CHECK;
