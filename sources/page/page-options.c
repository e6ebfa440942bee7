#include <errno.h>
#include <stddef.h>

#include "bridge/base/problem.h"
#include "bridge/base/str.h"
#include "bridge/model/http.h"
#include "sources/page/page-body.h"
#include "sources/page/page.h"

#define MIB ((int64_t)1024 * 1024)

static const char *const kind_names[] = {
    [PAGE_NONE] = "none",
    [PAGE_NUMBER] = "page",
    [PAGE_OFFSET] = "offset",
    [PAGE_CURSOR] = "cursor",
    [PAGE_NEXT_URL] = "next_url",
    [PAGE_LINK] = "link",
    NULL,
};

static const struct option list[] = {
    { .key = "type",
      .type = OPTION_ENUM,
      .offset = offsetof(struct page_settings, kind),
      .names = kind_names,
      .doc = "`page` counts pages and `offset` items, in a parameter, until a page is empty or "
             "shorter than asked for; `cursor` hands a value of the answer on; `next_url` follows "
             "the URL in the answer's body, `link` that of its header field Link with "
             "`rel=\"next\"`. A URL of another origin is refused.",
      .example = "link" },
    { .key = "param",
      .type = OPTION_STRING,
      .offset = offsetof(struct page_settings, param),
      .doc = "The parameter of the URL that says which page (`page` and `offset`: that name when "
             "absent) or takes the cursor.",
      .example = "cursor" },
    { .key = "start",
      .type = OPTION_INT,
      .offset = offsetof(struct page_settings, start),
      .preset = "1",
      .least = 0,
      .most = 1000000,
      .doc = "`page`: the number of the first page.",
      .example = "0" },
    { .key = "size_param",
      .type = OPTION_STRING,
      .offset = offsetof(struct page_settings, size_param),
      .preset = "per_page",
      .doc = "`page`: the parameter that takes `size`.",
      .example = "page_size" },
    { .key = "size",
      .type = OPTION_INT,
      .offset = offsetof(struct page_settings, size),
      .least = 1,
      .most = 100000,
      .doc = "`page`: items asked for per page; a page with fewer is the last one, so do not ask "
             "for more than the API gives at most. When absent nothing is asked for, and the "
             "first empty page is the end.",
      .example = "100" },
    { .key = "limit_param",
      .type = OPTION_STRING,
      .offset = offsetof(struct page_settings, limit_param),
      .preset = "limit",
      .doc = "`offset`: the parameter that takes `limit`.",
      .example = "count" },
    { .key = "limit",
      .type = OPTION_INT,
      .offset = offsetof(struct page_settings, limit),
      .least = 1,
      .most = 100000,
      .doc = "`offset`: as `size` is for `page`.",
      .example = "100" },
    { .key = "next",
      .type = OPTION_EXPR,
      .offset = offsetof(struct page_settings, next),
      .doc = "`cursor` and `next_url`: where the cursor or the URL stands in the answer. Missing, "
             "null, false or empty is the end.",
      .example = ".meta.next_cursor" },
    { .key = "next_header",
      .type = OPTION_STRING,
      .offset = offsetof(struct page_settings, next_header),
      .doc = "`cursor`: the header field of the answer that holds it, instead of `next`.",
      .example = "X-Next-Page" },
    { .key = "body",
      .type = OPTION_STRING,
      .offset = offsetof(struct page_settings, body),
      .doc = "`cursor`: the place in the `json` of the request that takes the cursor, instead of "
             "`param`; for GraphQL a variable.",
      .example = ".variables.after" },
    { .key = "more",
      .type = OPTION_EXPR,
      .offset = offsetof(struct page_settings, more),
      .doc = "An expression over the answer: false or null is the end, whatever else is said; "
             "anything else means that there is another page.",
      .example = ".has_more" },
    { .key = "max_pages",
      .type = OPTION_INT,
      .offset = offsetof(struct page_settings, max_pages),
      .preset = "20",
      .least = 1,
      .most = 1000,
      .doc = "The most pages of one poll; a list with more is a failed poll, never a cut one.",
      .example = "100" },
    { .key = "max_items",
      .type = OPTION_INT,
      .offset = offsetof(struct page_settings, max_items),
      .preset = "10000",
      .least = 1,
      .most = 1000000,
      .doc = "The most items of one poll; more are a failed poll.",
      .example = "100000" },
    { .key = "max_total_size",
      .type = OPTION_SIZE,
      .offset = offsetof(struct page_settings, max_bytes),
      .preset = "20MiB",
      .least = 1,
      .most = 1024 * MIB,
      .doc = "The most that all pages of one poll may hold together, counted after decompression; "
             "`max_body_size` is for each of them.",
      .example = "100MiB" },
};

const struct option_table page_options = {
    .name = "pagination",
    .doc =
        "A list that comes in pages is polled as a whole: all pages or, when one fails, nothing. "
        "`items` finds the items of each page, and those of all pages are one list; what "
        "`select` finds on each page is joined to one list too, arrays by their elements. An "
        "item that moves from one page to the next meanwhile counts once; one key with two "
        "contents is a failed poll. A failed page is asked for again as any answer is, and a "
        "repeated cursor, URL or page ends the poll as failed. Conditional requests are made "
        "only after a poll whose first page was the last one, and never where a header field "
        "names the next page: an unchanged first page says nothing about the others.",
    OPTION_TABLE_OF(struct page_settings, list),
};

static int need(struct problem **reterr, const char *kind, const char *what)
{
    return problem_set(reterr, -EINVAL, "missing_key", "pagination of type: %s needs %s", kind,
                       what);
}

static int refuse(struct problem **reterr, const char *key, const char *kinds)
{
    return problem_set(reterr, -EINVAL, "conflict",
                       "\"%s\" is for pagination of type: %s; remove it or change the type", key,
                       kinds);
}

// Keys that the kind would pass over in silence.
static int check_foreign(const struct page_settings *page, struct problem **reterr)
{
    int kind = page->kind;
    const struct {
        const char *key;
        const char *kinds;
        bool is_written;
        bool fits;
    } keys[] = {
        { "size", "page", page->size != 0, kind == PAGE_NUMBER },
        { "limit", "offset", page->limit != 0, kind == PAGE_OFFSET },
        { "next", "cursor or next_url", page->next != NULL,
          kind == PAGE_CURSOR || kind == PAGE_NEXT_URL },
        { "next_header", "cursor", page->next_header != NULL, kind == PAGE_CURSOR },
        { "body", "cursor", page->body != NULL, kind == PAGE_CURSOR },
        { "param", "page, offset or cursor", page->param != NULL,
          kind == PAGE_NUMBER || kind == PAGE_OFFSET || kind == PAGE_CURSOR },
        { "more", "page, offset, cursor, next_url or link", page->more != NULL, kind != PAGE_NONE },
    };
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        if (keys[i].is_written && !keys[i].fits) {
            return refuse(reterr, keys[i].key, keys[i].kinds);
        }
    }
    return 0;
}

static int check_cursor(const struct page_settings *page, bool has_json, struct problem **reterr)
{
    if (!page->next == !page->next_header) {
        return need(reterr, "cursor",
                    page->next ? "either \"next\" or \"next_header\", not both"
                               : "\"next\", where the cursor stands in the answer, such as: "
                                 "next: .meta.next_cursor");
    }
    if (!page->param == !page->body) {
        return need(reterr, "cursor",
                    page->param ? "either \"param\" or \"body\", not both"
                                : "\"param\", the parameter that takes the cursor, such as: "
                                  "param: cursor");
    }
    if (page->body && !page_body_is_path(page->body)) {
        return problem_set(reterr, -EINVAL, "bad_expression",
                           "\"body\" of \"pagination\" must be a plain path such as "
                           ".variables.after");
    }
    return page->body && !has_json
               ? need(reterr, "cursor", "a request with \"json\" when it has \"body\"")
               : 0;
}

int page_check(const struct page_settings *page, bool has_json, struct problem **reterr)
{
    const struct {
        const char *key;
        const char *value;
    } names[] = {
        { "param", page->param },
        { "size_param", page->size_param },
        { "limit_param", page->limit_param },
        { "next_header", page->next_header },
    };
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (names[i].value && str_is_empty(names[i].value)) {
            return problem_set(reterr, -EINVAL, "bad_name", "\"%s\" of \"pagination\" is empty",
                               names[i].key);
        }
    }
    int r = check_foreign(page, reterr);
    if (r == 0 && page->kind == PAGE_CURSOR) {
        r = check_cursor(page, has_json, reterr);
    }
    if (r == 0 && page->kind == PAGE_NEXT_URL && !page->next) {
        r = need(reterr, "next_url",
                 "\"next\", where the URL stands in the answer, such as: "
                 "next: .links.next");
    }
    return r;
}
