#include "bridge/api/pages.h"

#include <stdio.h>
#include <string.h>

#include "bridge/api/api-answer.h"
#include "bridge/base/str.h"

// "17", or "17.3" within the attempts of a delivery.
static bool parse(const char *text, struct listing_place *ret)
{
    char id[24];
    int64_t number = 0;
    size_t len = strcspn(text, ".");
    if (len >= sizeof(id)) {
        return false;
    }
    (void)memcpy(id, text, len);
    id[len] = '\0';
    if (!str_to_i64(id, &ret->id) || ret->id < 0 ||
        (text[len] && (!str_to_i64(text + len + 1, &number) || number < 0 || number > INT32_MAX))) {
        return false;
    }
    ret->number = (unsigned)number;
    return true;
}

bool pages_begin(const struct api_question *question, struct listing_place *ret,
                 struct api_answer *answer, int *ret_error)
{
    const char *iterator = question_text(question, "iterator");
    *ret = (struct listing_place){ 0 };
    *ret_error = 0;
    if (!iterator || parse(iterator, ret)) {
        return true;
    }
    *ret_error = api_answer_refuse(answer, 400, "bad_iterator",
                                   "this iterator is of no page of this list; begin without one");
    return false;
}

void pages_end(struct view *view, const struct listing_end *end)
{
    char iterator[48];
    if (end->place.number > 0) {
        (void)snprintf(iterator, sizeof(iterator), "%lld.%u", (long long)end->place.id,
                       end->place.number);
    } else {
        (void)snprintf(iterator, sizeof(iterator), "%lld", (long long)end->place.id);
    }
    view_end_page(view, end->place.id ? iterator : NULL, end->done);
}

bool pages_have_room(const struct view *view)
{
    return view->error == 0 && view->text.len < PAGE_BYTES_MAX;
}
