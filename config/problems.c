#include "config/problems.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "bridge/base/problem.h"
#include "bridge/base/str.h"
#include "config/config.h"

#define MESSAGE_MAX 2000 // bytes, and the "…" behind them

void problems_deinit(struct problems *problems)
{
    for (size_t i = 0; i < problems->n; i++) {
        (void)problem_free(problems->v[i]);
    }
    free(problems->v);
    *problems = (struct problems){ 0 };
}

// Room for one more, and always for the summary after the last.
static bool make_room(struct problem_list *list)
{
    if (list->n + 1 < list->cap) {
        return true;
    }
    size_t cap = list->cap ? list->cap * 2 : 16;
    struct problem **v = realloc(list->v, cap * sizeof(struct problem *));
    if (!v) {
        list->no_memory = true;
        return false;
    }
    list->v = v;
    list->cap = cap;
    return true;
}

static void set_place(struct problem_list *list, struct place place, struct problem *problem)
{
    free(problem->file);
    problem->file = list->file ? strdup(list->file) : NULL;
    list->no_memory = list->no_memory || (list->file && !problem->file);
    problem->line = place.line;
    problem->column = place.column;
}

static void count_error(struct problem_list *list, const char *code)
{
    if (!str_starts(code, "warning_")) {
        list->errors++;
    }
}

// Keys and values of the file stand in messages as they are written, but a problem is one line, and
// a terminal must not be told what to do.
static void make_one_line(char *message)
{
    size_t len = strlen(message);
    if (len >= MESSAGE_MAX + strlen("…")) {
        (void)stpcpy(message + str_cut(message, len, MESSAGE_MAX), "…");
    }
    for (char *c = message; *c; c++) {
        bool is_c1 = (unsigned char)c[0] == 0xC2 && (unsigned char)c[1] < 0xA0;
        if ((unsigned char)*c < ' ' || *c == 0x7F) {
            *c = '?';
        } else if (is_c1) {
            *c++ = '?';
            *c = '?';
        }
    }
}

void problem_list_take(struct problem_list *list, struct place place, struct problem *take)
{
    if (!take) {
        list->no_memory = true;
        list->errors++;
        return;
    }
    count_error(list, take->code);
    if (list->n >= PROBLEMS_MAX || !make_room(list)) {
        list->dropped++;
        (void)problem_free(take);
        return;
    }
    set_place(list, place, take);
    make_one_line(take->message);
    list->v[list->n++] = take;
}

void problem_list_add(struct problem_list *list, struct place place, const char *code,
                      const char *format, ...)
{
    if (list->n >= PROBLEMS_MAX) { // not even put in words
        count_error(list, code);
        list->dropped++;
        return;
    }
    va_list args;
    va_start(args, format);
    AUTO_FREE char *text = NULL;
    int len = vasprintf(&text, format, args);
    va_end(args);
    if (len < 0) {
        text = NULL; // vasprintf leaves it undefined
    }
    struct problem *problem = NULL;
    if (text) {
        (void)problem_set(&problem, 0, code, "%s", text);
    }
    problem_list_take(list, place, problem);
}

static int compare_place(const void *left, const void *right)
{
    const struct problem *a = *(struct problem *const *)left;
    const struct problem *b = *(struct problem *const *)right;
    int order = strcmp(a->file ? a->file : "", b->file ? b->file : ""); // for_each has files too
    if (order != 0) {
        return order;
    }
    if (a->line != b->line) {
        return a->line < b->line ? -1 : 1;
    }
    if (a->column != b->column) {
        return a->column < b->column ? -1 : 1;
    }
    return strcmp(a->message, b->message);
}

static void drop_repetitions(struct problem_list *list)
{
    size_t kept = 0;
    for (size_t i = 0; i < list->n; i++) {
        if (kept > 0 && compare_place(&list->v[kept - 1], &list->v[i]) == 0) {
            (void)problem_free(list->v[i]);
        } else {
            list->v[kept++] = list->v[i];
        }
    }
    list->n = kept;
}

void problem_list_finish(struct problem_list *list, struct problems *ret)
{
    if (list->n > 1) {
        qsort(list->v, list->n, sizeof(struct problem *), compare_place);
        drop_repetitions(list);
    }
    if (list->dropped > 0 && list->n > 0) {
        struct problem *summary = NULL;
        (void)problem_set(&summary, 0, "too_many_problems",
                          "%zu more %s not shown; solve these first", list->dropped,
                          list->dropped == 1 ? "problem is" : "problems are");
        if (summary) {
            set_place(list, (struct place){ 0 }, summary);
            list->v[list->n++] = summary;
        }
    }
    ret->v = STEAL(list->v);
    ret->n = list->n;
    *list = (struct problem_list){ .file = list->file };
}

void problem_list_deinit(struct problem_list *list)
{
    struct problems all = { .v = list->v, .n = list->n };
    problems_deinit(&all);
    *list = (struct problem_list){ 0 };
}
