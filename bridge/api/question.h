#pragma once
// What a request asks, checked against its route: plain data, good on any thread.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/base/cleanup.h"

struct api_parameter;
struct api_route;
struct problem;

#define QUESTION_NAME_SIZE  256
#define QUESTION_PLACES_MAX 2  // {places} in a path
#define QUESTION_QUERY_MAX  16 // parameters of a route

#define PAGE_LIMIT_USUAL 50
#define PAGE_LIMIT_MOST  250

struct api_value {
    char *text;     // as it was written, decoded; NULL: absent
    int64_t number; // API_NUMBER; API_TIME in ms; API_FLAG; API_CHOICE: the index
};

struct api_question {
    const struct api_route *route;
    char places[QUESTION_PLACES_MAX][QUESTION_NAME_SIZE];
    struct api_value values[QUESTION_QUERY_MAX]; // in the order of route->query
};

// Does the path fit the pattern? What stands in the {places} is decoded into `ret` (as far as the
// path fits, also when it does not in the end).
bool question_fits(const char *pattern, const char *path,
                   char ret[QUESTION_PLACES_MAX][QUESTION_NAME_SIZE]);

// Reads the query of a URL (NULL: none) by the route's table. 0, -EINVAL with words for whoever
// asked, or -ENOMEM. now_ms: wall time.
int question_read_query(struct api_question *question, const char *query, int64_t now_ms,
                        struct problem **reterr) MUST_CHECK;
// The same for one value, whose text is set; also for members of bodies.
int question_read_value(const struct api_parameter *parameter, struct api_value *value,
                        int64_t now_ms, struct problem **reterr) MUST_CHECK;
void question_deinit(struct api_question *question);

// What stands in the path in place of {name}. Only names of the route's path may be asked for,
// and below only parameters of its query.
const char *question_place(const struct api_question *question, const char *name);

bool question_has(const struct api_question *question, const char *name);
const char *question_text(const struct api_question *question, const char *name); // NULL: absent
int64_t question_number(const struct api_question *question, const char *name, int64_t absent);

// Of a route with API_PAGE_PARAMETERS.
size_t question_limit(const struct api_question *question);
