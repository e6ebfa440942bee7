#include "bridge/poll/pages/page-run.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "bridge/base/problem.h"
#include "bridge/base/units.h"
#include "bridge/model/http.h"
#include "bridge/poll/pages/page-step.h"

#define SIZE_TEXT_SIZE 32

void page_run_init(struct page_run *run, const struct source_settings *source)
{
    *run = (struct page_run){ 0 };
    run->is_paged = pages_get_limits(source, &run->limits);
}

void page_run_restart(struct page_run *run)
{
    page_list_deinit(&run->list);
    page_place_deinit(&run->place);
    free(STEAL(run->seen));
    run->items = 0;
    run->bytes = 0;
    run->rests = 0;
}

void page_run_deinit(struct page_run *run)
{
    page_run_restart(run);
}

static int copy_place(struct page_place *ret, const char *url, const struct bytes *body)
{
    char *copy = strdup(url);
    if (!copy || (body->data && bytes_dup(&ret->body, body->data, body->len) != 0)) {
        free(copy);
        return -ENOMEM;
    }
    ret->url = copy;
    return 0;
}

int page_run_ask(struct page_run *run, struct http_request *request)
{
    struct page_place copy = { 0 };
    if (!run->place.url) {
        return copy_place(&run->place, request->url, &request->body);
    }
    int r = copy_place(&copy, run->place.url, &run->place.body);
    if (r == 0) {
        free(request->url);
        bytes_deinit(&request->body);
        request->url = copy.url;
        request->body = copy.body;
    }
    return r;
}

int page_run_check_size(const struct page_run *run, size_t body_bytes, struct problem **reterr)
{
    char most[SIZE_TEXT_SIZE];
    if (run->bytes + body_bytes <= run->limits.bytes) {
        return 0;
    }
    size_format(run->limits.bytes, most, sizeof(most));
    return problem_set(reterr, PAGE_RUN_E_LIMIT, "pages_too_large",
                       "the pages so far hold more than %s; ask for less, or raise "
                       "`max_total_size` of `pagination`",
                       most);
}

static struct hash128 hash_place(const struct page_place *place)
{
    return hash128_mix(hash128_of(place->url, strlen(place->url)),
                       hash128_of(place->body.data, place->body.len));
}

static int check_limits(const struct page_run *run, const struct page_step *step,
                        struct problem **reterr)
{
    if (run->items + step->items > (size_t)run->limits.items) {
        return problem_set(reterr, PAGE_RUN_E_LIMIT, "too_many_items",
                           "there are more than %" PRId64 " items; ask for less, or raise "
                           "`max_items` of `pagination`",
                           run->limits.items);
    }
    if (step->next.url && run->list.n + 1 >= (size_t)run->limits.pages) {
        return problem_set(reterr, PAGE_RUN_E_LIMIT, "too_many_pages",
                           "there are more than %" PRId64 " pages; ask for larger ones, or raise "
                           "`max_pages` of `pagination`",
                           run->limits.pages);
    }
    return 0;
}

// Does the place of the next page, or what is on this one, come again?
static int check_repeats(const struct page_run *run, const struct page_step *step,
                         struct problem **reterr)
{
    struct hash128 next = step->next.url ? hash_place(&step->next) : (struct hash128){ 0 };
    for (size_t i = 0; step->next.url && i <= run->list.n; i++) {
        struct hash128 place = i < run->list.n ? run->seen[2 * i] : hash_place(&step->asked);
        if (hash128_eq(place, next)) {
            return problem_set(reterr, PAGE_RUN_E_LIMIT, "page_repeated",
                               "the next page is said to be page %zu again: the cursor or URL goes "
                               "in a circle",
                               i + 1);
        }
    }
    // Without items it may: cursors that skip what may not be seen do that.
    for (size_t i = 0; step->items > 0 && i < run->list.n; i++) {
        if (hash128_eq(run->seen[2 * i + 1], step->content)) {
            return problem_set(
                reterr, PAGE_RUN_E_LIMIT, "page_repeated",
                "the same items were on page %zu already: the API does not heed what "
                "names the page, or shows its last page again; `size`, `limit` or "
                "`more` of `pagination` say where the list ends",
                i + 1);
        }
    }
    return 0;
}

static int remember(struct page_run *run, struct http_response *take, const struct page_step *step)
{
    struct hash128 *seen = reallocarray(run->seen, 2 * (run->list.n + 1), sizeof(*seen));
    if (!seen) {
        return -ENOMEM;
    }
    run->seen = seen;
    seen[2 * run->list.n] = hash_place(&step->asked);
    seen[2 * run->list.n + 1] = step->content;
    size_t bytes = take->body.len;
    int r = page_list_add(&run->list, take);
    if (r == 0) {
        run->bytes += bytes;
        run->items += step->items;
    }
    return r;
}

int page_run_add(struct page_run *run, struct http_response *take, struct page_step *take_step,
                 bool *ret_last, struct problem **reterr)
{
    int r = check_limits(run, take_step, reterr);
    r = r ? r : check_repeats(run, take_step, reterr);
    r = r ? r : remember(run, take, take_step);
    if (r != 0) {
        return r;
    }
    page_place_deinit(&run->place);
    run->place = take_step->next;
    take_step->next = (struct page_place){ 0 };
    *ret_last = !run->place.url;
    return 0;
}

const struct http_response *page_run_validating(const struct page_run *run)
{
    return run->list.n == 1 && run->limits.told_by_body ? &run->list.v[0] : NULL;
}
