#pragma once
// The pages of one poll so far, and the limits it keeps: a list that never ends, or that goes in a
// circle, ends the poll. Pure.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/base/cleanup.h"
#include "bridge/poll/digest/pages.h"
#include "bridge/spi/pages.h"

struct http_request;
struct page_step;
struct problem;
struct source_settings;

struct page_run {
    bool is_paged;
    struct page_limits limits;
    struct page_list list;
    struct page_place place; // of the page that is asked for; no URL: the first one
    struct hash128 *seen;    // two for each page: its place, and what was on it
    size_t items;
    uint64_t bytes;
    unsigned rests; // that were sat out
};

void page_run_init(struct page_run *run, const struct source_settings *source);
void page_run_deinit(struct page_run *run);
void page_run_restart(struct page_run *run); // from the first page

// Makes the driver's request that of the page; the first one's place is remembered. -ENOMEM.
int page_run_ask(struct page_run *run, struct http_request *request) MUST_CHECK;

enum { PAGE_RUN_E_LIMIT = 1 };

// Before it is read: does this body still fit? 0, or PAGE_RUN_E_LIMIT with words
// ("pages_too_large").
int page_run_check_size(const struct page_run *run, size_t body_bytes,
                        struct problem **reterr) MUST_CHECK;
// Takes a page and what was found on it; *ret_last tells that it is the last one. Otherwise
// page_run_ask is for the next. 0, -ENOMEM, PAGE_RUN_E_LIMIT with words ("too_many_pages",
// "too_many_items", "page_repeated").
int page_run_add(struct page_run *run, struct http_response *take, struct page_step *take_step,
                 bool *ret_last, struct problem **reterr) MUST_CHECK;

// The answer whose validators may be sent with the next poll; NULL: none may.
const struct http_response *page_run_validating(const struct page_run *run);
