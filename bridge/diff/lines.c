#include "bridge/diff/lines.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "bridge/base/hash.h"
#include "bridge/diff/script.h"

#define CONTEXT 3

struct line {
    const char *text;
    size_t len; // with its line end, when it has one
};

struct text {
    struct line *lines;
    struct hash128 *hashes;
    size_t n;
};

static void text_deinit(struct text *text)
{
    free(text->lines);
    free(text->hashes);
}

static int text_split(struct text *ret, const struct lines_side *side)
{
    size_t most = 1;
    for (size_t i = 0; i < side->len; i++) {
        most += side->text[i] == '\n';
    }
    ret->lines = calloc(most, sizeof(*ret->lines));
    ret->hashes = calloc(most, sizeof(*ret->hashes));
    if (ret->lines == NULL || ret->hashes == NULL) {
        return -ENOMEM;
    }
    for (size_t at = 0; at < side->len;) {
        const char *end = memchr(side->text + at, '\n', side->len - at);
        size_t len = end ? (size_t)(end - side->text) - at + 1 : side->len - at;
        ret->lines[ret->n] = (struct line){ .text = side->text + at, .len = len };
        ret->hashes[ret->n++] = hash128_of(side->text + at, len);
        at += len;
    }
    return 0;
}

// The next gap of the script at or behind *at where lines differ; *at is moved past it. False: no
// more.
static bool next_run(const struct script *script, const struct text *old, const struct text *new,
                     size_t *at, struct script_gap *ret)
{
    for (size_t i = *at; i <= script->n; i++) {
        struct script_gap run = script_gap(script, i, old->n, new->n);
        if (run.a < run.a_end || run.b < run.b_end) {
            *at = i + 1;
            *ret = run;
            return true;
        }
    }
    return false;
}

static int put_line(struct buf *ret, char sign, const struct line *line)
{
    int r = buf_append_char(ret, sign);
    if (r == 0) {
        r = buf_append(ret, line->text, line->len);
    }
    if (r == 0 && line->text[line->len - 1] != '\n') {
        r = buf_append_str(ret, "\n\\ No newline at end of file\n");
    }
    return r;
}

static int put_lines(struct buf *ret, char sign, const struct text *text, size_t from, size_t to)
{
    int r = 0;
    for (size_t i = from; i < to && r == 0; i++) {
        r = put_line(ret, sign, &text->lines[i]);
    }
    return r;
}

// "12,3", "12" for one line, "11,0" for none (POSIX: the line before).
static int put_range(struct buf *ret, char sign, size_t from, size_t to)
{
    size_t n = to - from;
    if (n == 1) {
        return buf_printf(ret, "%c%zu", sign, from + 1);
    }
    return buf_printf(ret, "%c%zu,%zu", sign, n == 0 ? from : from + 1, n);
}

static int put_hunk_head(struct buf *ret, const struct script_gap *hunk)
{
    int r = buf_append_str(ret, "@@ ");
    if (r == 0) {
        r = put_range(ret, '-', hunk->a, hunk->a_end);
    }
    if (r == 0) {
        r = buf_append_char(ret, ' ');
    }
    if (r == 0) {
        r = put_range(ret, '+', hunk->b, hunk->b_end);
    }
    return r == 0 ? buf_append_str(ret, " @@\n") : r;
}

// The runs of script pairs [first, behind) with what is equal around and between them.
static int put_hunk(struct buf *ret, const struct script *script, const struct text *old,
                    const struct text *new, size_t first, size_t behind)
{
    struct script_gap run = { 0 };
    struct script_gap hunk = { 0 };
    size_t at = first;
    bool any = next_run(script, old, new, &at, &hunk);
    size_t before = hunk.a < CONTEXT ? hunk.a : CONTEXT;
    run = hunk;
    for (size_t look = at; any && look < behind && next_run(script, old, new, &look, &run);) {
    }
    size_t after = old->n - run.a_end < CONTEXT ? old->n - run.a_end : CONTEXT;
    hunk = (struct script_gap){ hunk.a - before, run.a_end + after, hunk.b - before,
                                run.b_end + after };
    int r = put_hunk_head(ret, &hunk);
    size_t a = hunk.a;
    for (at = first; r == 0 && at < behind && next_run(script, old, new, &at, &run);) {
        r = put_lines(ret, ' ', old, a, run.a);
        r = r ? r : put_lines(ret, '-', old, run.a, run.a_end);
        r = r ? r : put_lines(ret, '+', new, run.b, run.b_end);
        a = run.a_end;
    }
    return r ? r : put_lines(ret, ' ', old, a, hunk.a_end);
}

static int put_hunks(struct buf *ret, const struct script *script, const struct text *old,
                     const struct text *new)
{
    struct script_gap run;
    int r = 0;
    for (size_t at = 0, first = 0; r == 0 && next_run(script, old, new, &at, &run); first = at) {
        size_t behind = at;
        size_t end = run.a_end;
        // Runs whose contexts touch make one hunk.
        for (size_t look = at;
             next_run(script, old, new, &look, &run) && run.a <= end + 2 * CONTEXT; behind = look) {
            end = run.a_end;
        }
        r = put_hunk(ret, script, old, new, first, behind);
        at = behind;
    }
    return r;
}

int diff_lines(struct buf *ret, const struct lines_side *old, const struct lines_side *new)
{
    CLEANUP(text_deinit) struct text a = { 0 };
    CLEANUP(text_deinit) struct text b = { 0 };
    CLEANUP(script_deinit) struct script script = { 0 };
    int r = text_split(&a, old);
    r = r ? r : text_split(&b, new);
    r = r ? r : script_align(&script, a.hashes, a.n, b.hashes, b.n);
    if (r || (script.n == a.n && script.n == b.n)) {
        return r;
    }
    r = buf_printf(ret, "--- %s\n+++ %s\n", old->label, new->label);
    return r ? r : put_hunks(ret, &script, &a, &b);
}
