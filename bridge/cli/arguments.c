#include "bridge/cli/arguments.h"

#include <argp.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

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
    }
}

static error_t parse(int key, char *text, struct argp_state *state)
{
    const struct arguments *arguments = state->input;

    if (key == ARGP_KEY_ARG) {
        if (!arguments->positional || state->arg_num > 0) {
            argp_error(state, "unexpected argument \"%s\"", text);
        } else {
            *arguments->positional_into = text;
        }
        return 0;
    }
    if (key == ARGP_KEY_NO_ARGS && arguments->positional_required) {
        argp_error(state, "%s is missing", arguments->positional);
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
    AUTO_FREE char *positional = NULL;
    if (arguments->positional) {
        positional = arguments->positional_required ? str_printf("%s", arguments->positional)
                                                    : str_printf("[%s]", arguments->positional);
    }
    const struct argp argp = {
        .options = options,
        .parser = parse,
        .args_doc = positional,
        .doc = arguments->doc,
    };
    union { // argp wants its input without const and gives it back to `parse` alone
        const struct arguments *in;
        void *out;
    } input = { .in = arguments };
    argp_err_exit_status = 2;
    return -argp_parse(&argp, argc, argv, 0, NULL, input.out);
}
