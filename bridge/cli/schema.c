// `pollbridge schema`: the configuration's keys for editors and for people, from the option tables.

#include <stdio.h>

#include "bridge/base/buf.h"
#include "bridge/cli/arguments.h"
#include "bridge/cli/cli.h"
#include "config/config.h"

static enum exit_code run(const struct cli *cli, int argc, char **argv)
{
    bool reference = false;
    const struct argument options[] = {
        { 'r', "reference", NULL, "Print the reference in Markdown instead", ARGUMENT_SWITCH,
          &reference, NULL },
    };
    const struct arguments arguments = {
        .doc = "Prints the JSON Schema (draft 2020-12) of the configuration. Editors complete and "
               "check a file that begins with \"# yaml-language-server: $schema=FILE\".",
        .v = options,
        .n = ARRAY_LEN(options),
    };
    AUTO_BUF struct buf text = { 0 };

    if (arguments_parse(&arguments, argc, argv) != 0) {
        return EXIT_TROUBLE;
    }
    int r = reference ? config_write_reference(cli->drivers, &text)
                      : config_write_schema(cli->drivers, &text);
    if (r != 0 || fputs(buf_str(&text), stdout) < 0 || fflush(stdout) != 0) {
        (void)fprintf(stderr, "pollbridge: the text could not be written\n");
        return EXIT_TROUBLE;
    }
    return EXIT_OK;
}

const struct command command_schema = { "schema", "[--reference]",
                                        "The configuration's keys, for editors or people", run };
