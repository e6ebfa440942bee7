#pragma once
// Iterators of pages of what is stored. On a worker.

#include <stdbool.h>

#include "bridge/api/question.h"
#include "bridge/base/cleanup.h"
#include "bridge/spi/listing.h"

struct api_answer;
struct view;

// A page ends when its text is about this long, whatever its limit.
#define PAGE_BYTES_MAX ((size_t)4 << 20)

// Where the question's page begins. False: its iterator is none; the answer says so. Negative
// errors of the saying are kept in *ret_error.
bool pages_begin(const struct api_question *question, struct listing_place *ret,
                 struct api_answer *answer, int *ret_error);
// The end of a page that was begun by view_begin_page.
void pages_end(struct view *view, const struct listing_end *end);
bool pages_have_room(const struct view *view);
