// Patterns run as one non-deterministic automaton: every step of every pattern is a state, a cursor
// is the set of live states, and a move is one look at each of them.

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "bridge/base/problem.h"
#include "bridge/expr/path.h"
#include "bridge/expr/pattern.h"

#define WORD_BITS (sizeof(unsigned long) * CHAR_BIT)
#define WORDS     ARRAY_LEN(((struct pattern_cursor *)0)->alive)

// A state is live when everything before its step matched; a state past the last step of its
// pattern has no step and says "matched".
struct state {
    const struct path_step *step; // borrowed from paths; NULL: matched
};

struct patterns {
    struct path *paths;
    size_t n;
    struct state states[PATTERNS_STATES];
    size_t states_n;
    struct pattern_cursor start;
};

static void set(struct pattern_cursor *cursor, size_t state)
{
    cursor->alive[state / WORD_BITS] |= 1UL << (state % WORD_BITS);
}

static int add_states(struct patterns *patterns, const struct path *path, struct problem **reterr)
{
    if (patterns->states_n + path->n + 1 > PATTERNS_STATES) {
        return problem_set(reterr, PATTERN_E_SYNTAX, "pattern_limit",
                           "these are too many patterns: %d steps in all are the limit",
                           PATTERNS_STATES);
    }
    set(&patterns->start, patterns->states_n);
    for (size_t i = 0; i < path->n; i++) {
        patterns->states[patterns->states_n++].step = &path->v[i];
    }
    patterns->states[patterns->states_n++].step = NULL;
    return 0;
}

static int fill(struct patterns *patterns, const char *const texts[], size_t n,
                struct problem **reterr)
{
    patterns->paths = calloc(n == 0 ? 1 : n, sizeof(*patterns->paths));
    if (patterns->paths == NULL) {
        return -ENOMEM;
    }
    for (; patterns->n < n; patterns->n++) {
        struct path *path = &patterns->paths[patterns->n];
        int r = path_parse(path, texts[patterns->n], PATH_PATTERN, reterr);
        if (r != 0) {
            return r == PATH_E_SYNTAX ? PATTERN_E_SYNTAX : r;
        }
        r = add_states(patterns, path, reterr);
        if (r != 0) {
            patterns->n++;
            return r;
        }
    }
    patterns->start.patterns = n == 0 ? NULL : patterns;
    return 0;
}

int patterns_new(struct patterns **ret, const char *const texts[], size_t n,
                 struct problem **reterr)
{
    CLEANUP(patterns_freep) struct patterns *patterns = calloc(1, sizeof(*patterns));
    if (patterns == NULL) {
        return -ENOMEM;
    }
    int r = fill(patterns, texts, n, reterr);
    if (r != 0) {
        return r;
    }
    *ret = STEAL(patterns);
    return 0;
}

struct patterns *patterns_free(struct patterns *patterns)
{
    if (patterns != NULL) {
        for (size_t i = 0; i < patterns->n; i++) {
            path_deinit(&patterns->paths[i]);
        }
        free(patterns->paths);
        free(patterns);
    }
    return NULL;
}

struct pattern_cursor patterns_start(const struct patterns *patterns)
{
    return patterns == NULL ? (struct pattern_cursor){ 0 } : patterns->start;
}

static bool accepts(const struct path_step *step, const char *name, size_t index)
{
    switch (step->kind) {
    case PATH_EACH: return true;
    case PATH_MEMBER: return name != NULL && strcmp(step->name, name) == 0;
    case PATH_INDEX: return name == NULL && (size_t)step->index == index;
    }
    return false;
}

// Into the member `name`, or into element `index` when name is NULL.
static struct pattern_cursor move(const struct pattern_cursor *cursor, const char *name,
                                  size_t index)
{
    struct pattern_cursor next = { 0 };
    if (cursor->patterns == NULL) {
        return next;
    }
    bool any = false;
    for (size_t word = 0; word < WORDS; word++) {
        for (unsigned long bits = cursor->alive[word]; bits != 0; bits &= bits - 1) {
            size_t state = word * WORD_BITS + (size_t)__builtin_ctzl(bits);
            const struct path_step *step = cursor->patterns->states[state].step;
            if (step == NULL) {
                continue;
            }
            if (step->deep) {
                set(&next, state);
                any = true;
            }
            if (accepts(step, name, index)) {
                set(&next, state + 1);
                any = true;
            }
        }
    }
    next.patterns = any ? cursor->patterns : NULL;
    return next;
}

struct pattern_cursor pattern_cursor_member(const struct pattern_cursor *cursor, const char *name)
{
    return move(cursor, name, 0);
}

struct pattern_cursor pattern_cursor_element(const struct pattern_cursor *cursor, size_t index)
{
    return move(cursor, NULL, index);
}

bool pattern_cursor_matches(const struct pattern_cursor *cursor)
{
    if (cursor->patterns == NULL) {
        return false;
    }
    for (size_t word = 0; word < WORDS; word++) {
        for (unsigned long bits = cursor->alive[word]; bits != 0; bits &= bits - 1) {
            size_t state = word * WORD_BITS + (size_t)__builtin_ctzl(bits);
            if (cursor->patterns->states[state].step == NULL) {
                return true;
            }
        }
    }
    return false;
}
