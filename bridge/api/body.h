#pragma once
// The members of a JSON body, read by a table as those of a query are.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/api/question.h"
#include "bridge/api/route.h"
#include "bridge/base/cleanup.h"
#include "bridge/model/event.h"

struct json_object;
struct problem;

#define BODY_MEMBERS_MAX 8

struct api_body {
    const struct api_parameter *members; // constant
    size_t n;
    struct api_value values[BODY_MEMBERS_MAX];
    struct string_list texts[BODY_MEMBERS_MAX]; // of API_TEXTS
};
void body_deinit(struct api_body *body);

// `object` may be NULL: nothing was said. 0, -EINVAL with words (also about a member that the table
// does not have), -ENOMEM. now_ms: wall time.
int body_read(struct api_body *body, struct json_object *object, int64_t now_ms,
              struct problem **reterr) MUST_CHECK;

// Only names of the table may be asked for.
bool body_has(const struct api_body *body, const char *name);
const char *body_text(const struct api_body *body, const char *name); // NULL: absent
int64_t body_number(const struct api_body *body, const char *name, int64_t absent);
const struct string_list *body_texts(const struct api_body *body, const char *name);
