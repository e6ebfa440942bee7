#pragma once
// What a kind of source must provide. Drivers are pure: they turn settings into a request and a
// response into a value. They do no I/O, keep no state, and may be called from any thread.

#include <stdint.h>

#include "bridge/base/cleanup.h"
#include "bridge/spi/option.h"

struct http_request;
struct http_response;
struct json_object;
struct page_answer;
struct page_limits;
struct page_place;
struct problem;

struct source_driver {
    const char *name; // the value of `type:`
    const char *doc;
    const struct option_table *options;

    // Rules between options ("body and json exclude each other"). 0 or -EINVAL with words; *ret_key
    // names the key the words are about.
    int (*check)(const void *settings, const char **ret_key, struct problem **reterr);

    // The first request of a poll, without credentials and validators. `request` is zeroed.
    // `members` (borrowed) are what places like {{ region }} stand for; NULL without `for_each`. 0,
    // -ENOMEM, or SOURCE_E_UNFIT with words: the members cannot stand in their places. Instances
    // are made only of members that do.
    int (*request)(const void *settings, struct json_object *members, struct http_request *request,
                   struct problem **reterr);

    // Is the status one that carries data?
    bool (*accepts)(const void *settings, int status);

    // An accepted response as one JSON value (owned). Positive: a failed answer, with the code and
    // the words in *reterr: "content_type", "json_syntax", …
    int (*decode)(const void *settings, const struct http_response *response,
                  struct json_object **ret, struct problem **reterr);

    // Both NULL for a kind that knows no pages. True when these settings ask page by page: all the
    // pages of a poll are one document. `request` gives the first page.
    bool (*pages)(const void *settings, struct page_limits *ret);
    // From a page to the place of the next one, of the same origin; *ret is zeroed, and stays so at
    // the end. Results as `decode`.
    int (*next_page)(const void *settings, const struct page_answer *answer, struct page_place *ret,
                     struct problem **reterr);
};

// A driver's result for an answer that is no data, and for members that make no request.
enum { SOURCE_E_BAD_ANSWER = 1, SOURCE_E_UNFIT };
