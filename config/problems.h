#pragma once
// The list of problems of one file: gathered in any order, handed over in the order of the file.

#include <stdbool.h>
#include <stddef.h>

#include "bridge/base/cleanup.h"

struct problem;
struct problems;

struct place {
    unsigned line; // from 1; 0: the file as a whole
    unsigned column;
};

#define PROBLEMS_MAX 1000 // those beyond are counted and summed up in a last one

struct problem_list {
    const char *file; // borrowed; goes into every problem
    struct problem **v;
    size_t n;
    size_t cap;
    size_t errors;  // those that are no warnings, also the ones that were left out
    size_t dropped; // beyond PROBLEMS_MAX
    bool no_memory; // a problem was lost; the load ends with -ENOMEM
};

// Adds one in words. Codes that begin with "warning_" do not fail the load.
void problem_list_add(struct problem_list *list, struct place place, const char *code,
                      const char *format, ...) PRINTF_LIKE(4, 5);
// Adds one that another room put in words, with our file and place. Consumes it (NULL: no memory).
void problem_list_take(struct problem_list *list, struct place place, struct problem *take);
// Sorts by place, drops repetitions (an alias used twice is wrong once), and hands over.
void problem_list_finish(struct problem_list *list, struct problems *ret);
void problem_list_deinit(struct problem_list *list);
