#pragma once
// Sources that answer in pages: what a kind of source says about the next page. Pure.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/base/buf.h"

struct expr_context;
struct http_response;
struct json_object;

// What of the request differs from page to page, without credentials. Owned.
struct page_place {
    char *url;         // NULL: there is no further page
    struct bytes body; // no data: none
};
void page_place_deinit(struct page_place *place);

struct page_limits {
    int64_t pages;
    int64_t items;
    uint64_t bytes; // of all bodies of one poll
    // The body of a page alone says whether another follows: a first page that is the last one and
    // has not changed is still the last one, so asking for it conditionally is safe.
    bool told_by_body;
};

struct page_answer {
    unsigned number; // of the page, from 1
    const struct page_place *asked;
    const struct http_response *response;
    struct json_object *document; // as decoded
    size_t items;                 // that the source's rules find on this page
    size_t items_before;          // on the pages before it
    struct expr_context *context;
};
