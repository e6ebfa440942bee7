#include "sources/page/page.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "bridge/base/problem.h"
#include "bridge/base/str.h"
#include "bridge/expr/expr.h"
#include "bridge/model/http.h"
#include "bridge/model/json.h"
#include "bridge/spi/pages.h"
#include "bridge/spi/source.h"
#include "sources/page/link-header.h"
#include "sources/page/page-body.h"

#define NUMBER_SIZE 24

struct step {
    const struct page_settings *page;
    const struct page_answer *answer;
    struct problem **reterr;
};

static const char *param_of(const struct page_settings *page)
{
    const char *usual = page->kind == PAGE_OFFSET ? "offset" : "page";
    return page->param ? page->param : usual;
}

static int set_number(struct buf *url, const char *param, int64_t number)
{
    char text[NUMBER_SIZE];
    (void)snprintf(text, sizeof(text), "%" PRId64, number);
    return url_set_param(url, param, text);
}

int page_begin(const struct page_settings *page, struct buf *url)
{
    int r = 0;
    if (page->kind == PAGE_NUMBER) {
        r = set_number(url, param_of(page), page->start);
        r = r || !page->size ? r : set_number(url, page->size_param, page->size);
    } else if (page->kind == PAGE_OFFSET) {
        r = set_number(url, param_of(page), 0);
        r = r || !page->limit ? r : set_number(url, page->limit_param, page->limit);
    }
    return r;
}

// A Link or a cursor in a header field may change under a body that does not.
bool page_get_limits(const struct page_settings *page, struct page_limits *ret)
{
    *ret = (struct page_limits){
        .pages = page->max_pages,
        .items = page->max_items,
        .bytes = page->max_bytes,
        .told_by_body = page->kind != PAGE_LINK && !page->next_header,
    };
    return page->kind != PAGE_NONE;
}

// ---- what the answer says ----

enum more { MORE_UNSAID, MORE_NO, MORE_YES };

static int ask_more(const struct step *step, enum more *ret)
{
    const struct expr *more = step->page->more;
    AUTO_JSON struct json_object *value = NULL;
    CLEANUP(problem_freep) struct problem *why = NULL;
    *ret = MORE_UNSAID;
    if (!more) {
        return 0;
    }
    int r = expr_eval(more, step->answer->context, step->answer->document, &value, &why);
    if (r > 0) {
        return problem_set(step->reterr, SOURCE_E_BAD_ANSWER, "page_next",
                           "`more` (%s) cannot be asked: %s%s", expr_text(more),
                           why ? why->message : "no reason given",
                           r == EXPR_E_NOTHING ? "; where it may be missing, end it in `?`" : "");
    }
    bool no = json_object_is_type(value, json_type_null) ||
              (json_object_is_type(value, json_type_boolean) && !json_object_get_boolean(value));
    *ret = no ? MORE_NO : MORE_YES;
    return r;
}

static bool is_no_way(struct json_object *value)
{
    switch (json_object_get_type(value)) {
    case json_type_null: return true;
    case json_type_boolean: return !json_object_get_boolean(value);
    case json_type_string: return json_object_get_string_len(value) == 0;
    case json_type_double:
    case json_type_int:
    case json_type_object:
    case json_type_array: break;
    }
    return false;
}

static bool is_cursor(struct json_object *value)
{
    return json_object_is_type(value, json_type_string) ||
           json_object_is_type(value, json_type_int) ||
           json_object_is_type(value, json_type_double);
}

// What `next` finds in the body; NULL: nothing, which is how most APIs end.
static int find_in_body(const struct step *step, struct json_object **ret)
{
    const struct expr *next = step->page->next;
    AUTO_JSON struct json_object *value = NULL;
    CLEANUP(problem_freep) struct problem *why = NULL;
    int r = expr_eval(next, step->answer->context, step->answer->document, &value, &why);
    if (r == EXPR_E_NOTHING || (r == 0 && is_no_way(value))) {
        return 0;
    }
    bool is_url = step->page->kind == PAGE_NEXT_URL;
    if (r == 0 && (is_url ? json_object_is_type(value, json_type_string) : is_cursor(value))) {
        *ret = STEAL(value);
        return 0;
    }
    return r < 0 ? r
                 : problem_set(step->reterr, SOURCE_E_BAD_ANSWER, "page_next",
                               "`next` (%s) finds no %s: %s", expr_text(next),
                               is_url ? "URL" : "cursor",
                               why ? why->message : "it is neither text nor a number");
}

// The cursor or the reference of the next page, as a value; NULL: the answer names none.
static int find_next(const struct step *step, struct json_object **ret)
{
    const struct page_settings *page = step->page;
    const struct headers *headers = &step->answer->response->headers;
    AUTO_FREE char *link = NULL;
    if (page->next) {
        return find_in_body(step, ret);
    }
    int r = page->next_header ? 0 : link_header_find(headers, "next", &link);
    const char *text = page->next_header ? headers_get(headers, page->next_header) : link;
    if (r == 0 && !str_is_empty(text)) {
        *ret = json_object_new_string(text);
        r = *ret ? 0 : -ENOMEM;
    }
    return r;
}

// ---- the request after it ----

static int put_param(const struct page_answer *answer, const char *param, const char *value,
                     struct page_place *ret)
{
    AUTO_BUF struct buf url = { 0 };
    const struct bytes *body = &answer->asked->body;
    int r = buf_append_str(&url, answer->asked->url);
    r = r ? r : url_set_param(&url, param, value);
    r = r || !body->data ? r : bytes_dup(&ret->body, body->data, body->len);
    if (r == 0) {
        ret->url = buf_take(&url).data;
    }
    return r;
}

static int put_number(const struct step *step, int64_t number, struct page_place *ret)
{
    char text[NUMBER_SIZE];
    (void)snprintf(text, sizeof(text), "%" PRId64, number);
    return put_param(step->answer, param_of(step->page), text, ret);
}

static int put_cursor(const struct step *step, struct json_object *cursor, struct page_place *ret)
{
    const struct page_settings *page = step->page;
    const struct page_place *asked = step->answer->asked;
    if (!page->body) {
        return put_param(step->answer, page->param, json_object_get_string(cursor), ret);
    }
    int r = page_body_set(&asked->body, page->body, cursor, &ret->body);
    if (r == -EINVAL) {
        return problem_set(step->reterr, SOURCE_E_BAD_ANSWER, "page_next",
                           "the cursor cannot be put at %s of the request's body", page->body);
    }
    ret->url = r == 0 ? strdup(asked->url) : NULL;
    return r == 0 && !ret->url ? -ENOMEM : r;
}

static bool has_user_info(const char *url)
{
    const char *authority = strstr(url, "://");
    return authority && memchr(authority + 3, '@', strcspn(authority + 3, "/?#"));
}

// The reference may come from another host, when the answer was redirected, or name one.
static int put_url(const struct step *step, const char *reference, struct page_place *ret)
{
    const char *asked = step->answer->asked->url;
    const char *final = step->answer->response->final_url;
    const struct bytes *body = &step->answer->asked->body;
    AUTO_FREE char *url = NULL;
    int r = url_resolve(final ? final : asked, reference, &url);
    if (r == -EINVAL || (r == 0 && has_user_info(url))) {
        return problem_set(step->reterr, SOURCE_E_BAD_ANSWER, "page_next",
                           "what names the next page is no http(s) URL");
    }
    AUTO_FREE char *here = url_origin(asked);
    AUTO_FREE char *there = url ? url_origin(url) : NULL;
    if (r < 0 || !here || !there) {
        return -ENOMEM;
    }
    if (strcmp(here, there) != 0) {
        return problem_set(step->reterr, SOURCE_E_BAD_ANSWER, "page_origin",
                           "the next page is said to be at %s, but %s was asked; credentials are "
                           "not carried there: poll it under the name it gives itself, or page by "
                           "a parameter",
                           there, here);
    }
    r = body->data ? bytes_dup(&ret->body, body->data, body->len) : 0;
    if (r == 0) {
        ret->url = STEAL(url);
    }
    return r;
}

static int follow(const struct step *step, enum more more, struct page_place *ret)
{
    AUTO_JSON struct json_object *next = NULL;
    int r = find_next(step, &next);
    if (r != 0 || (!next && more != MORE_YES)) {
        return r;
    }
    if (!next) {
        return problem_set(step->reterr, SOURCE_E_BAD_ANSWER, "page_next",
                           "`more` says that there are more pages, but nothing names the next one");
    }
    return step->page->kind == PAGE_CURSOR ? put_cursor(step, next, ret)
                                           : put_url(step, json_object_get_string(next), ret);
}

// A page that holds less than was asked for is the last one, and so is an empty one.
static int count_on(const struct step *step, enum more more, struct page_place *ret)
{
    const struct page_settings *page = step->page;
    const struct page_answer *answer = step->answer;
    int64_t full = page->kind == PAGE_NUMBER ? page->size : page->limit;
    bool is_short = answer->items == 0 || (int64_t)answer->items < full;
    if (more == MORE_UNSAID && is_short) {
        return 0;
    }
    int64_t number = page->kind == PAGE_NUMBER ? page->start + (int64_t)answer->number
                                               : (int64_t)(answer->items_before + answer->items);
    return put_number(step, number, ret);
}

int page_next(const struct page_settings *page, const struct page_answer *answer,
              struct page_place *ret, struct problem **reterr)
{
    const struct step step = { .page = page, .answer = answer, .reterr = reterr };
    CLEANUP(page_place_deinit) struct page_place place = { 0 };
    enum more more;
    int r = ask_more(&step, &more);
    if (r != 0 || more == MORE_NO) {
        return r;
    }
    bool counts = page->kind == PAGE_NUMBER || page->kind == PAGE_OFFSET;
    r = counts ? count_on(&step, more, &place) : follow(&step, more, &place);
    if (r == 0) {
        *ret = place;
        place = (struct page_place){ 0 };
    }
    return r;
}
