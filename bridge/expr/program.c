#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <string.h>

#include <jq.h>

#include "bridge/base/buf.h"
#include "bridge/base/hash.h"
#include "bridge/base/problem.h"
#include "bridge/base/str.h"
#include "bridge/expr/guard.h"
#include "bridge/expr/program.h"
#include "bridge/expr/watchdog.h"

#define REMEMBERED 256

struct program {
    jq_state *jq;
    char *text;
    bool spent;
};

// libjq reports a mistake in a few messages; the first one says it.
static void keep_first(void *userdata, jv message)
{
    char **first = userdata;
    if (*first == NULL && jv_get_kind(message) == JV_KIND_STRING) {
        *first = strdup(jv_string_value(message));
    }
    jv_free(message);
}

static void drop_message(void *userdata, jv message)
{
    (void)userdata;
    jv_free(message);
}

// "jq: error: syntax error, unexpected $end (Unix shell quoting issues?) at <top-level>, line
// 1:\n…"
static int syntax(const char *text, char *message, struct problem **reterr)
{
    const char *start = message == NULL ? "it does not compile" : message;
    if (str_starts(start, "jq: error: ")) {
        start += strlen("jq: error: ");
    }
    size_t len = strcspn(start, "\n");
    static const char *const tails[] = { " (Unix shell", " at <top-level>" };
    for (size_t i = 0; i < ARRAY_LEN(tails); i++) {
        const char *tail = memmem(start, len, tails[i], strlen(tails[i]));
        len = tail == NULL ? len : (size_t)(tail - start);
    }
    const char *end = memmem(start, len, "$end", 4);
    if (end != NULL) {
        int before = (int)(end - start);
        int after = (int)len - before - 4;
        return problem_set(reterr, PROGRAM_E_SYNTAX, "expr_syntax",
                           "\"%s\" is not an expression: %.*sthe end%.*s", text, before, start,
                           after, end + 4);
    }
    return problem_set(reterr, PROGRAM_E_SYNTAX, "expr_syntax", "\"%s\" is not an expression: %.*s",
                       text, (int)len, start);
}

static int compile(struct program *program, struct problem **reterr)
{
    AUTO_FREE char *first = NULL;
    AUTO_FREE char *source = str_printf("%s%s", guard_prelude, program->text);
    program->jq = jq_init();
    if (source == NULL || program->jq == NULL) {
        return -ENOMEM;
    }
    jq_set_error_cb(program->jq, keep_first, &first);
    int compiled = jq_compile(program->jq, source);
    jq_set_error_cb(program->jq, drop_message, NULL);
    jq_set_debug_cb(program->jq, drop_message, NULL);
    return compiled != 0 ? 0 : syntax(program->text, first, reterr);
}

int program_new(struct program **ret, const char *text, struct problem **reterr)
{
    if (guard_check(text, reterr) != 0) {
        return PROGRAM_E_SYNTAX;
    }
    CLEANUP(program_freep) struct program *program = calloc(1, sizeof(*program));
    if (program == NULL) {
        return -ENOMEM;
    }
    program->text = strdup(text);
    int r = program->text == NULL ? -ENOMEM : compile(program, reterr);
    if (r != 0) {
        return r;
    }
    *ret = STEAL(program);
    return 0;
}

struct program *program_free(struct program *program)
{
    if (program != NULL) {
        if (program->jq != NULL) {
            jq_teardown(&program->jq);
        }
        free(program->text);
        free(program);
    }
    return NULL;
}

const char *program_text(const struct program *program)
{
    return program->text;
}

bool program_is_spent(const struct program *program)
{
    return program->spent;
}

// Consumes the invalid value that ended a run.
static int end_of_run(jv last, struct problem **reterr)
{
    if (!jv_invalid_has_msg(jv_copy(last))) {
        jv_free(last);
        return 0;
    }
    jv message = jv_invalid_get_msg(last);
    if (jv_get_kind(message) != JV_KIND_STRING) {
        message = jv_dump_string(message, 0);
    }
    int r = problem_set(reterr, PROGRAM_E_FAILED, "expr_failed", "the expression failed: %s",
                        jv_string_value(message));
    jv_free(message);
    return r;
}

static int collect(struct program *program, size_t want, jv *ret, struct problem **reterr)
{
    size_t max = want == 0 ? PROGRAM_RESULTS_MAX : want;
    for (size_t n = 0;; n++) {
        jv result = jq_next(program->jq);
        if (!jv_is_valid(result)) {
            return end_of_run(result, reterr);
        }
        if (n == max) {
            jv_free(result);
            return problem_set(reterr, PROGRAM_E_LIMIT, "expr_limit",
                               "the expression gives more than %d results", PROGRAM_RESULTS_MAX);
        }
        *ret = jv_array_append(*ret, result);
        if (n + 1 == want) {
            return 0;
        }
    }
}

int program_run(struct program *program, struct watchdog *watchdog, jv input, size_t want, jv *ret,
                struct problem **reterr)
{
    jv results = jv_array();
    jq_start(program->jq, input, 0);
    watchdog_begin(watchdog, program->jq);
    int r = collect(program, want, &results, reterr);
    if (watchdog_end(watchdog)) {
        program->spent = true;
        r = r != 0 ? r
                   : problem_set(reterr, PROGRAM_E_LIMIT, "expr_limit",
                                 "the expression was stopped because it ran too long");
    }
    if (!program->spent) {
        // Drops what an unfinished run still holds.
        jq_start(program->jq, jv_null(), 0);
    }
    if (r != 0) {
        jv_free(results);
        return r;
    }
    *ret = results;
    return 0;
}

static pthread_mutex_t remembered_lock = PTHREAD_MUTEX_INITIALIZER;
static struct hash128 remembered[REMEMBERED]; // a ring; a zero hash is an empty place
static size_t remembered_next;

static bool is_remembered(struct hash128 hash)
{
    bool found = false;
    (void)pthread_mutex_lock(&remembered_lock);
    for (size_t i = 0; i < REMEMBERED && !found; i++) {
        found = hash128_eq(remembered[i], hash);
    }
    (void)pthread_mutex_unlock(&remembered_lock);
    return found;
}

int program_check(const char *text, struct problem **reterr)
{
    struct hash128 hash = hash128_of(text, strlen(text));
    if (is_remembered(hash)) {
        return 0;
    }
    CLEANUP(program_freep) struct program *program = NULL;
    int r = program_new(&program, text, reterr);
    if (r == 0) {
        (void)pthread_mutex_lock(&remembered_lock);
        remembered[remembered_next] = hash;
        remembered_next = (remembered_next + 1) % REMEMBERED;
        (void)pthread_mutex_unlock(&remembered_lock);
    }
    return r;
}
