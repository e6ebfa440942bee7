#pragma once
// The pages of one answer: of a source that asks page by page as many as there are, of every other
// one just one. Pure.
//
// Decoded pages are a JSON array with one value for each page. What the store keeps of them (the
// raw answer) is the value of the only page, or, of a paged source, one line for each page.

#include <stdbool.h>
#include <stddef.h>

#include "bridge/base/cleanup.h"
#include "bridge/base/hash.h"

struct bytes;
struct expr_context;
struct http_response;
struct json_object;
struct page_limits;
struct problem;
struct source_settings;

struct page_list {           // in the order they were asked for
    struct http_response *v; // owned
    size_t n;
};
void page_list_deinit(struct page_list *list);
int page_list_add(struct page_list *list, struct http_response *take) MUST_CHECK;
struct hash128 page_list_hash(const struct page_list *list); // of all bodies

// Does it ask page by page? *ret may be NULL.
bool pages_get_limits(const struct source_settings *source, struct page_limits *ret);

// As source_driver.decode, for each of n > 0 answers.
int pages_decode(const struct source_settings *source, const struct http_response *answers,
                 size_t n, struct json_object **ret, struct problem **reterr) MUST_CHECK;

// The document that the rules find in them. `items` of a paged source is asked of each page and its
// items are joined (keyed_join); what `select` finds on each page is joined too, arrays by their
// elements. Results as document_select.
int pages_document(const struct source_settings *source, struct expr_context *context,
                   struct json_object *pages, struct json_object **ret,
                   struct problem **reterr) MUST_CHECK;

int pages_write(const struct source_settings *source, struct json_object *pages,
                struct bytes *ret) MUST_CHECK;
// Results as json_read.
int pages_read(const struct bytes *raw, struct json_object **ret,
               struct problem **reterr) MUST_CHECK;
