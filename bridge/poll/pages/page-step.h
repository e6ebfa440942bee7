#pragma once
// One page of a poll that asks page by page: is it good, what is on it, what is asked for next?
// Pure; runs on a worker, for it reads the answer.

#include <stddef.h>

#include "bridge/base/cleanup.h"
#include "bridge/base/hash.h"
#include "bridge/spi/pages.h"

struct expr_context;
struct http_response;
struct problem;
struct source_settings;

struct page_step {
    struct page_place asked; // owned
    unsigned number;         // of the page, from 1
    size_t items_before;
    // What it finds:
    size_t items;           // on this page
    struct hash128 content; // of what the rules find on it
    struct page_place next; // no URL: it is the last one
};
void page_step_deinit(struct page_step *step);

// 0, positive with words when the page is no good answer (as source_driver.decode,
// document_select, source_driver.next_page), -ENOMEM.
int page_step_run(struct page_step *step, const struct source_settings *source,
                  const struct http_response *response, struct expr_context *context,
                  struct problem **reterr) MUST_CHECK;
