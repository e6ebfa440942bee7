// `pollbridge demo`: the whole way of a change, visible, without a network or a configuration.

#include "bridge/demo/demo.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bridge/base/log.h"
#include "bridge/cli/arguments.h"
#include "bridge/cli/cli.h"

static enum exit_code run(const struct cli *cli, int argc, char **argv)
{
    struct demo_options options = { .drivers = cli->drivers, .out = stdout };
    const struct argument table[] = {
        { 'f', "for", "DURATION", "End after this time (default: at Ctrl-C)", ARGUMENT_DURATION,
          &options.for_ms, NULL },
    };
    const struct arguments arguments = {
        .doc = "Polls a small weather API inside this process and delivers its changes as signed "
               "webhooks to a receiver that verifies them. Everything between the two is the real "
               "thing. Exit code 1 when no webhook arrived or one was not right.",
        .v = table,
        .n = ARRAY_LEN(table),
    };

    if (arguments_parse(&arguments, argc, argv) != 0) {
        return EXIT_TROUBLE;
    }
    log_init(LOG_LOGFMT, LOG_WARN, STDERR_FILENO);
    (void)signal(SIGPIPE, SIG_IGN);
    int r = demo_run(&options);
    if (r < 0) {
        (void)fprintf(stderr, "pollbridge: the demo ended early: %s\n", strerror(-r));
        return EXIT_TROUBLE;
    }
    return r ? EXIT_NO : EXIT_OK;
}

const struct command command_demo = { "demo", "[--for DURATION]",
                                      "See it work: no network, no configuration", run };
