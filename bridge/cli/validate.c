// `pollbridge validate`: every problem of a configuration in one run; touches nothing else.

#include <stdio.h>

#include "bridge/cli/arguments.h"
#include "bridge/cli/cli.h"
#include "bridge/spi/settings.h"

static size_t count_instances(const struct settings *settings)
{
    size_t n = 0;

    for (size_t i = 0; i < settings->source_count; i++) {
        n += settings->sources[i].instances.n;
    }
    return n;
}

static enum exit_code run(const struct cli *cli, int argc, char **argv)
{
    const char *file = CLI_DEFAULT_CONFIG;
    const struct argument options[] = {
        { 'c', "config", "FILE", "Configuration (default " CLI_DEFAULT_CONFIG ")", ARGUMENT_TEXT,
          &file, NULL },
    };
    const struct positional positional = { "FILE", &file, false };
    const struct arguments arguments = {
        .doc = "Reads a configuration and names every problem in it with line and column. "
               "Exit code 0: it can be served; 3: it cannot.",
        .v = options,
        .n = ARRAY_LEN(options),
        .positionals = &positional,
        .positional_count = 1,
    };
    AUTO_SETTINGS struct settings *settings = NULL;
    char instances[64] = "";

    if (arguments_parse(&arguments, argc, argv) != 0) {
        return EXIT_TROUBLE;
    }
    settings = cli_load_settings(cli, file);
    if (!settings) {
        return EXIT_CONFIG;
    }
    size_t n = count_instances(settings);
    if (n > 0) {
        (void)snprintf(instances, sizeof(instances), " (%zu instances)", n);
    }
    (void)printf("%s: fine: %zu %s%s, %zu %s\n", file, settings->source_count,
                 settings->source_count == 1 ? "source" : "sources", instances,
                 settings->sink_count, settings->sink_count == 1 ? "sink" : "sinks");
    return EXIT_OK;
}

const struct command command_validate = { "validate", "-c FILE",
                                          "Name every problem of a configuration", run };
