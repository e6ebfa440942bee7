// `pollbridge diff OLD NEW`: what changed between two answers, offline; the workbench for rules.

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bridge/base/problem.h"
#include "bridge/base/terminal.h"
#include "bridge/cli/arguments.h"
#include "bridge/cli/cli.h"
#include "bridge/cli/comparison.h"
#include "bridge/cli/difference.h"
#include "bridge/spi/settings.h"

// As diff(1) has them; this command alone departs from enum exit_code.
enum { DIFF_EQUAL = 0, DIFF_DIFFERENT = 1, DIFF_TROUBLE = 2 };

struct diff {
    const char *file;
    const char *source;
    const char *old;
    const char *new;
    int format; // enum difference_format
    bool tested;
};

static int tell(const struct problem *problem)
{
    AUTO_FREE char *text = problem ? problem_format(problem) : NULL;

    (void)fprintf(stderr, "pollbridge: %s\n", text ? text : "out of memory");
    return DIFF_TROUBLE;
}

static int compare(const struct diff *diff, const struct source_settings *source)
{
    CLEANUP(comparison_deinit) struct comparison comparison = { 0 };
    CLEANUP(problem_freep) struct problem *problem = NULL;
    const struct difference_style style = {
        .format = (enum difference_format)diff->format,
        .coloured = terminal_wants_colour(stdout),
        .tested = diff->tested,
    };
    bool allow_text = diff->format == DIFFERENCE_TEXT || diff->format == DIFFERENCE_CHANGES;
    int r = comparison_load(&comparison, source, diff->old, diff->new, allow_text, &problem);

    r = r ? r : difference_print(stdout, &comparison, &style, &problem);
    if (r || fflush(stdout) != 0) {
        return tell(problem);
    }
    return comparison.equal ? DIFF_EQUAL : DIFF_DIFFERENT;
}

static int compare_under_rules(const struct cli *cli, const struct diff *diff)
{
    AUTO_SETTINGS struct settings *settings = cli_load_settings(cli, diff->file);

    if (!settings) {
        return DIFF_TROUBLE;
    }
    const struct source_settings *source = settings_find_source(settings, diff->source);
    if (!source) {
        (void)cli_refuse_source(settings, diff->file, diff->source);
        return DIFF_TROUBLE;
    }
    return compare(diff, source);
}

static int parse_arguments(struct diff *diff, int argc, char **argv)
{
    const struct argument options[] = {
        { 'f', "format", "FORMAT",
          "changes (default, for people), patch (RFC 6902), merge (RFC 7396), events (what the "
          "source would tell) or text (unified)",
          ARGUMENT_CHOICE, &diff->format, difference_format_names },
        { 't', "test", NULL,
          "Put a `test` of what is there in front of every operation of a patch that takes "
          "something away",
          ARGUMENT_SWITCH, &diff->tested, NULL },
        { 's', "source", "NAME", "Compare under the rules of this source", ARGUMENT_TEXT,
          &diff->source, NULL },
        { 'c', "config", "FILE", "Configuration (default " CLI_DEFAULT_CONFIG ")", ARGUMENT_TEXT,
          &diff->file, NULL },
    };
    const struct positional files[] = {
        { "OLD", &diff->old, true },
        { "NEW", &diff->new, true },
    };
    const struct arguments arguments = {
        .doc = "Compares two answers kept as files (\"-\": standard input), as JSON or, with "
               "--source, under the rules of a source. Exit code 0: equal, 1: different, 2: "
               "trouble.",
        .v = options,
        .n = ARRAY_LEN(options),
        .positionals = files,
        .positional_count = ARRAY_LEN(files),
    };

    return arguments_parse(&arguments, argc, argv);
}

static enum exit_code run(const struct cli *cli, int argc, char **argv)
{
    struct diff diff = { .file = CLI_DEFAULT_CONFIG };

    if (parse_arguments(&diff, argc, argv) != 0) {
        return (enum exit_code)DIFF_TROUBLE;
    }
    if (diff.tested && diff.format != DIFFERENCE_PATCH) {
        (void)fprintf(stderr, "pollbridge: --test is for --format patch\n");
        return (enum exit_code)DIFF_TROUBLE;
    }
    if (diff.format == DIFFERENCE_EVENTS && !diff.source) {
        (void)fprintf(stderr, "pollbridge: events are told by a source; name it with --source\n");
        return (enum exit_code)DIFF_TROUBLE;
    }
    return (enum exit_code)(diff.source ? compare_under_rules(cli, &diff) : compare(&diff, NULL));
}

const struct command command_diff = { "diff", "OLD NEW", "Compare two answers, offline", run };
