// `pollbridge version`: what runs here, for bug reports.

#include <stdio.h>

#include "bridge/cli/cli.h"

static enum exit_code run(const struct cli *cli, int argc, char **argv)
{
    (void)cli;
    (void)argc;
    (void)argv;
    (void)printf("pollbridge %s\n", POLLBRIDGE_VERSION);
    return EXIT_OK;
}

const struct command command_version = { "version", "", "Print the version", run };
