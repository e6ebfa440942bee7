#pragma once
// How a list that comes in pages is asked for: from the request of one page and its answer to the
// request of the next, or the end. Pure.
//
//   page      ?page=1, ?page=2, … until a page is empty or shorter than `size`
//   offset    ?offset=0, ?offset=100, … the number of items so far; the end as above
//   cursor    a value of the answer (`next`, `next_header`) goes into a parameter or into the body,
//             until there is none
//   next_url  the answer's body names the URL of the next page, until it names none
//   link      its header field Link does, with rel="next" (RFC 8288)
//
// `more`, an expression over the answer, stands above all of these: false is the end, and true with
// no way on is a failure. A next URL of another origin is refused: whatever answers there is not
// what the configuration names, and would be sent its credentials.

#include <stdbool.h>
#include <stdint.h>

#include "bridge/base/cleanup.h"
#include "bridge/spi/option.h"

struct buf;
struct expr;
struct page_answer;
struct page_limits;
struct page_place;
struct problem;

enum page_kind { PAGE_NONE, PAGE_NUMBER, PAGE_OFFSET, PAGE_CURSOR, PAGE_NEXT_URL, PAGE_LINK };

struct page_settings {
    int kind;    // enum page_kind
    char *param; // NULL: the kind's usual name
    int64_t start;
    char *size_param;
    int64_t size; // 0: the server's
    char *limit_param;
    int64_t limit; // 0: the server's
    struct expr *next;
    char *next_header;
    char *body; // path within a JSON body
    struct expr *more;
    int64_t max_pages;
    int64_t max_items;
    uint64_t max_bytes;
};

extern const struct option_table page_options;

// As source_driver.check. has_json: the request has a JSON body.
int page_check(const struct page_settings *page, bool has_json, struct problem **reterr) MUST_CHECK;
// Puts the parameters of the first page into its URL. 0 or -ENOMEM.
int page_begin(const struct page_settings *page, struct buf *url) MUST_CHECK;
// As source_driver.pages and source_driver.next_page. The problems' codes: "page_next",
// "page_origin".
bool page_get_limits(const struct page_settings *page, struct page_limits *ret);
int page_next(const struct page_settings *page, const struct page_answer *answer,
              struct page_place *ret, struct problem **reterr) MUST_CHECK;
