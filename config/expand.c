#include "config/expand.h"

#include <string.h>

#include "bridge/base/str.h"
#include "config/secrets.h"

struct expansion_state {
    struct binder *binder;
    struct place place;
    bool hidden;
    bool foreign; // something came from outside the file
    struct buf out;
};

static bool append(struct expansion_state *state, const char *text, size_t len)
{
    return buf_append(&state->out, text, len) == 0 || binder_no_memory(state->binder);
}

static bool append_foreign(struct expansion_state *state, const char *name, const char *text,
                           size_t len)
{
    struct binder *binder = state->binder;
    if (memchr(text, 0, len) || !str_is_utf8(text, len, NULL)) {
        problem_list_add(binder->problems, state->place, "bad_text",
                         "what ${%s} stands for is no UTF-8 text; correct it where it comes from",
                         name);
        return false;
    }
    if (len > EXPANDED_MAX - binder->expanded_bytes) {
        problem_list_add(binder->problems, state->place, "limit",
                         "with ${%s} the file grows by more than 64 MiB; use it less often", name);
        return false;
    }
    binder->expanded_bytes += len;
    return append(state, text, len);
}

static bool expand_file(struct expansion_state *state, const char *name)
{
    struct bytes content = { 0 };
    if (!read_secret_file(state->binder, state->place, name + strlen("file:"), &content)) {
        return false;
    }
    bool ok = register_secret(state->binder, content.data, content.len) &&
              append_foreign(state, name, content.data ? content.data : "", content.len);
    wipe_bytes(&content);
    return ok;
}

static bool expand_variable(struct expansion_state *state, const char *name,
                            const char *default_text)
{
    const char *value = state->binder->getenv(name);
    if (default_text && (!value || *value == 0)) { // as in a shell: also when empty
        return append(state, default_text, strlen(default_text));
    }
    if (!value) {
        problem_list_add(state->binder->problems, state->place, "missing_variable",
                         "the environment variable %s is not set; set it, or write a default as "
                         "${%s:-default}",
                         name, name);
        return false;
    }
    return (!state->hidden || register_secret(state->binder, value, strlen(value))) &&
           append_foreign(state, name, value, strlen(value));
}

static bool is_variable_name(const char *name)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";
    static const char rest[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789";
    return strspn(name, letters) > 0 && name[strspn(name, rest)] == 0;
}

// What stands between `${` and `}`; `inside` is writable.
static bool expand_inside(struct expansion_state *state, char *inside)
{
    state->foreign = true;
    if (str_starts(inside, "file:") && inside[strlen("file:")]) {
        return expand_file(state, inside);
    }
    char *default_text = strstr(inside, ":-");
    if (default_text) {
        *default_text = 0;
        default_text += 2;
    }
    if (!is_variable_name(inside) || (default_text && strstr(default_text, "${"))) {
        problem_list_add(state->binder->problems, state->place, "bad_variable",
                         "a ${…} here is none of ${VAR}, ${VAR:-default} and ${file:PATH}; for a "
                         "plain \"${\" write \"$${\"");
        return false;
    }
    return expand_variable(state, inside, default_text);
}

// *text stands at a `$` and is moved behind what was read.
static bool expand_dollar(struct expansion_state *state, const char **text)
{
    if ((*text)[1] != '{') { // `$$`, or a `$` that stands for itself
        *text += (*text)[1] == '$' ? 2 : 1;
        return append(state, "$", 1);
    }
    const char *start = *text + 2;
    const char *end = strchr(start, '}');
    // An unclosed one is read as an empty name, which is refused.
    char *inside = arena_copy(state->binder->arena, start, end ? (size_t)(end - start) : 0);
    *text = end ? end + 1 : start;
    return inside ? expand_inside(state, inside) : binder_no_memory(state->binder);
}

// The result in the arena; NULL when it failed.
static const char *expand_text(struct expansion_state *state, const char *text)
{
    bool ok = true;
    while (ok && *text) {
        size_t plain = strcspn(text, "$");
        ok = append(state, text, plain);
        text += plain;
        if (ok && *text) {
            ok = expand_dollar(state, &text);
        }
    }
    const char *copy = NULL;
    if (ok) {
        copy = arena_copy(state->binder->arena, buf_str(&state->out), state->out.len);
        if (!copy) {
            (void)binder_no_memory(state->binder);
        }
    }
    struct bytes out = buf_take(&state->out);
    wipe_bytes(&out);
    return copy;
}

const char *expand_node(struct binder *binder, struct node *node, bool hidden)
{
    if (node->expansion == EXPANSION_FAILED) {
        return NULL;
    }
    if (node->expansion != EXPANSION_NOT_YET) {
        return node->text;
    }
    if (!strchr(node->text, '$')) {
        node->expansion = EXPANSION_NONE;
        return node->text;
    }
    struct expansion_state state = { .binder = binder, .place = node->place, .hidden = hidden };
    const char *text = expand_text(&state, node->text);
    if (!text) {
        node->expansion = EXPANSION_FAILED;
        return NULL;
    }
    node->expansion = state.foreign ? EXPANSION_DONE : EXPANSION_NONE;
    node->text = text;
    return text;
}
