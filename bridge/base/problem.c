#include "bridge/base/problem.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "bridge/base/str.h"

// Names are cut to a length on their way into the words: what is left of a character goes.
static void drop_broken(char *text)
{
    size_t len = strlen(text);
    size_t good = 0;
    for (size_t from = 0; !str_is_utf8(text + from, len - from, &good);) {
        from += good;
        (void)memmove(text + from, text + from + 1, len - from);
        len--;
    }
}

PRINTF_LIKE(4, 0)
static int fill(struct problem **ret, const char *code, const char *file, const char *format,
                va_list args)
{
    CLEANUP(problem_freep) struct problem *problem = calloc(1, sizeof(*problem));
    if (!problem) {
        return -1;
    }
    problem->code = strdup(code);
    if (vasprintf(&problem->message, format, args) < 0) {
        problem->message = NULL;
    } else {
        drop_broken(problem->message);
    }
    if (file) {
        problem->file = strdup(file);
    }
    if (!problem->code || !problem->message || (file && !problem->file)) {
        return -1;
    }
    *ret = STEAL(problem);
    return 0;
}

// Words are a courtesy: when there is no memory for them the error code alone has to do.
int problem_set(struct problem **reterr, int error, const char *code, const char *format, ...)
{
    if (reterr && !*reterr) {
        va_list args;
        va_start(args, format);
        (void)fill(reterr, code, NULL, format, args);
        va_end(args);
    }
    return error;
}

int problem_set_at(struct problem **reterr, int error, const char *code, const char *file,
                   unsigned line, unsigned column, const char *format, ...)
{
    if (reterr && !*reterr) {
        va_list args;
        va_start(args, format);
        if (fill(reterr, code, file, format, args) == 0) {
            (*reterr)->line = line;
            (*reterr)->column = column;
        }
        va_end(args);
    }
    return error;
}

struct problem *problem_free(struct problem *problem)
{
    if (problem) {
        free(problem->code);
        free(problem->message);
        free(problem->file);
        free(problem);
    }
    return NULL;
}

char *problem_format(const struct problem *problem)
{
    char place[32] = "";
    if (problem->line > 0 && problem->column > 0) {
        (void)snprintf(place, sizeof(place), "%u:%u", problem->line, problem->column);
    } else if (problem->line > 0) {
        (void)snprintf(place, sizeof(place), "%u", problem->line);
    }
    const char *file = problem->file ? problem->file : "";
    char *text = NULL;
    if (asprintf(&text, "%s%s%s%s%s", file, *file && *place ? ":" : "", place,
                 *file || *place ? ": " : "", problem->message) < 0) {
        return NULL;
    }
    return text;
}
