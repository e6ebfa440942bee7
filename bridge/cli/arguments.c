#include "bridge/cli/arguments.h"

#include <argp.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "bridge/base/buf.h"
#include "bridge/base/str.h"
#include "bridge/base/units.h"

const char *argp_program_version = "pollbridge " POLLBRIDGE_VERSION;

static void set_choice(const struct argument *argument, const char *text, struct argp_state *state)
{
    for (int i = 0; argument->choices[i]; i++) {
        if (str_eq(text, argument->choices[i])) {
            *(int *)argument->into = i;
            return;
        }
    }
    argp_error(state, "--%s does not take \"%s\"; see --help", argument->name, text);
}

static void set(const struct argument *argument, const char *text, struct argp_state *state)
{
    switch (argument->type) {
    case ARGUMENT_TEXT: *(const char **)argument->into = text; return;
    case ARGUMENT_SWITCH: *(bool *)argument->into = true; return;
    case ARGUMENT_CHOICE: set_choice(argument, text, state); return;
    case ARGUMENT_DURATION:
        if (!duration_parse(text, argument->into)) {
            argp_error(state, "--%s takes a duration such as 30s or 5m, not \"%s\"", argument->name,
                       text);
        }
        return;
    case ARGUMENT_NUMBER:
        if (!str_to_i64(text, argument->into) || *(int64_t *)argument->into < 0) {
            argp_error(state, "--%s takes a whole number, not \"%s\"", argument->name, text);
        }
        return;
    }
}

static void set_positional(const struct arguments *arguments, const char *text,
                           struct argp_state *state)
{
    if (state->arg_num >= arguments->positional_count) {
        argp_error(state, "unexpected argument \"%s\"", text);
        return;
    }
    *arguments->positionals[state->arg_num].into = text;
}

static void check_positionals(const struct arguments *arguments, struct argp_state *state)
{
    for (size_t i = state->arg_num; i < arguments->positional_count; i++) {
        if (arguments->positionals[i].required) {
            argp_error(state, "%s is missing", arguments->positionals[i].name);
            return;
        }
    }
}

static error_t parse(int key, char *text, struct argp_state *state)
{
    const struct arguments *arguments = state->input;

    if (key == ARGP_KEY_ARG) {
        set_positional(arguments, text, state);
        return 0;
    }
    if (key == ARGP_KEY_END) {
        check_positionals(arguments, state);
        return 0;
    }
    for (size_t i = 0; i < arguments->n; i++) {
        if (arguments->v[i].key == key) {
            set(&arguments->v[i], text, state);
            return 0;
        }
    }
    return ARGP_ERR_UNKNOWN;
}

static int describe_positionals(const struct arguments *arguments, struct buf *ret)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < arguments->positional_count; i++) {
        const struct positional *positional = &arguments->positionals[i];
        r = buf_printf(ret, positional->required ? "%s%s" : "%s[%s]", i > 0 ? " " : "",
                       positional->name);
    }
    return r;
}

int arguments_parse(const struct arguments *arguments, int argc, char **argv)
{
    AUTO_FREE struct argp_option *options = calloc(arguments->n + 1, sizeof(*options));

    if (!options) {
        return -ENOMEM;
    }
    for (size_t i = 0; i < arguments->n; i++) {
        const struct argument *argument = &arguments->v[i];
        options[i] = (struct argp_option){
            .name = argument->name,
            .key = argument->key,
            .arg = argument->type == ARGUMENT_SWITCH ? NULL : argument->value,
            .doc = argument->doc,
        };
    }
    AUTO_BUF struct buf positionals = { 0 };
    if (describe_positionals(arguments, &positionals) != 0) {
        return -ENOMEM;
    }
    const struct argp argp = {
        .options = options,
        .parser = parse,
        .args_doc = positionals.len > 0 ? buf_str(&positionals) : NULL,
        .doc = arguments->doc,
    };
    union { // argp wants its input without const and gives it back to `parse` alone
        const struct arguments *in;
        void *out;
    } input = { .in = arguments };
    argp_err_exit_status = 2;
    return -argp_parse(&argp, argc, argv, 0, NULL, input.out);
}
