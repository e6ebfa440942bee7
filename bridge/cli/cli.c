#include "bridge/cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/base/problem.h"
#include "bridge/base/str.h"
#include "bridge/spi/settings.h"
#include "config/config.h"

static const struct command *const commands[] = {
    &command_serve,    &command_validate, &command_test,       &command_once,    &command_diff,
    &command_rehearse, &command_demo,     &command_schema,     &command_health,  &command_sources,
    &command_sinks,    &command_events,   &command_deliveries, &command_explain, &command_poll,
    &command_accept,   &command_prime,    &command_pause,      &command_resume,  &command_state,
    &command_resend,   &command_recover,  &command_replay,     &command_enable,  &command_disable,
    &command_ping,     &command_rotate,   &command_version,
};

static void print_overview(FILE *out)
{
    (void)fputs("pollbridge turns APIs that can only be polled into signed webhooks.\n\n"
                "Usage: pollbridge COMMAND [OPTION...]\n\nCommands:\n",
                out);
    for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
        (void)fprintf(out, "  %-10s %-21s %s\n", commands[i]->name, commands[i]->arguments,
                      commands[i]->summary);
    }
    (void)fputs("  help       [COMMAND]             This list, or the options of one command\n\n"
                "Exit codes: 0 done, 1 the answer is no, 2 wrong usage, 3 configuration problems,\n"
                "4 store or listener cannot be opened, 5 internal trouble.\n",
                out);
}

static const struct command *find(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
        if (str_eq(commands[i]->name, name)) {
            return commands[i];
        }
    }
    return NULL;
}

static int tell_unknown(const char *name)
{
    const char *names[ARRAY_LEN(commands)];

    for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
        names[i] = commands[i]->name;
    }
    const char *nearest = str_nearest(name, names, ARRAY_LEN(names));
    (void)fprintf(stderr, "pollbridge: there is no command \"%s\"%s%s%s; see 'pollbridge help'\n",
                  name, nearest ? "; did you mean \"" : "", nearest ? nearest : "",
                  nearest ? "\"?" : "");
    return EXIT_USAGE;
}

static int run(const struct cli *cli, const struct command *command, int argc, char **argv)
{
    AUTO_FREE char *name = str_printf("pollbridge %s", command->name);

    if (!name) {
        return EXIT_TROUBLE;
    }
    argv[0] = name;
    return (int)command->run(cli, argc, argv);
}

static int run_help(const struct cli *cli, const char *topic)
{
    char help[] = "--help";
    char *argv[] = { NULL, help, NULL };

    if (!topic) {
        print_overview(stdout);
        return EXIT_OK;
    }
    const struct command *command = find(topic);
    return command ? run(cli, command, 2, argv) : tell_unknown(topic);
}

int cli_main(const struct cli *cli, int argc, char **argv)
{
    if (argc < 2) {
        print_overview(stderr);
        return EXIT_USAGE;
    }
    const char *name = argv[1];
    if (str_eq(name, "help") || str_eq(name, "--help") || str_eq(name, "-h")) {
        return run_help(cli, argc > 2 ? argv[2] : NULL);
    }
    if (str_eq(name, "--version") || str_eq(name, "-V")) {
        name = "version";
    }
    const struct command *command = find(name);
    return command ? run(cli, command, argc - 1, argv + 1) : tell_unknown(name);
}

struct settings *cli_load_settings(const struct cli *cli, const char *file)
{
    const struct config_input input = { .file = file, .drivers = cli->drivers };
    struct problems problems = { 0 };
    struct settings *settings = NULL;
    int r = config_load(&settings, &input, &problems);

    for (size_t i = 0; i < problems.n; i++) {
        AUTO_FREE char *text = problem_format(problems.v[i]);
        (void)fprintf(stderr, "%s\n", text ? text : "out of memory");
    }
    problems_deinit(&problems);
    return r == 0 ? settings : NULL;
}

enum exit_code cli_refuse_source(const struct settings *settings, const char *file,
                                 const char *name)
{
    size_t n = settings->source_count;
    AUTO_FREE const char **names = calloc(n, sizeof(*names));

    for (size_t i = 0; names && i < n; i++) {
        names[i] = settings->sources[i].name;
    }
    const char *nearest = names ? str_nearest(name, names, n) : NULL;
    (void)fprintf(stderr, "pollbridge: there is no source \"%s\" in %s%s%s%s\n", name, file,
                  nearest ? "; did you mean \"" : "", nearest ? nearest : "", nearest ? "\"?" : "");
    return EXIT_USAGE;
}
