// `pollbridge poll`, `accept`, `prime`, `pause`, `resume`: one source of a running
// daemon.

#include "bridge/cli/arguments.h"
#include "bridge/cli/cli.h"
#include "bridge/cli/daemon.h"
#include "bridge/cli/source-view.h"

static enum exit_code run_one(const struct cli *cli, int argc, char **argv, const char *doc,
                              const char *verb)
{
    struct daemon daemon = DAEMON_PRESET;
    const char *source = NULL;
    const struct argument options[] = { DAEMON_ARGUMENTS(&daemon) };
    const struct positional positional = { "SOURCE", &source, true };
    const struct arguments arguments = {
        .doc = doc,
        .v = options,
        .n = ARRAY_LEN(options),
        .positionals = &positional,
        .positional_count = 1,
    };

    if (arguments_parse(&arguments, argc, argv) != 0) {
        return EXIT_TROUBLE;
    }
    return source_view_ask(cli, &daemon, source, verb);
}

static enum exit_code run_poll(const struct cli *cli, int argc, char **argv)
{
    return run_one(cli, argc, argv, "Makes a running daemon poll SOURCE now.", "poll");
}

static enum exit_code run_accept(const struct cli *cli, int argc, char **argv)
{
    return run_one(cli, argc, argv,
                   "Makes a running daemon poll SOURCE now and believe the answer, whatever the "
                   "guard says: the way out of a hold when the API is right.",
                   "accept");
}

static enum exit_code run_prime(const struct cli *cli, int argc, char **argv)
{
    return run_one(cli, argc, argv,
                   "Makes a running daemon poll SOURCE now and take the answer as what later ones "
                   "are compared with, telling nobody: for changes you know of already.",
                   "prime");
}

static enum exit_code run_pause(const struct cli *cli, int argc, char **argv)
{
    return run_one(cli, argc, argv,
                   "Stops the schedule of SOURCE in a running daemon, also over restarts. What is "
                   "asked for by hand (poll, accept, prime) is polled all the same.",
                   "pause");
}

static enum exit_code run_resume(const struct cli *cli, int argc, char **argv)
{
    return run_one(cli, argc, argv,
                   "Ends the pause of SOURCE: it is polled at once, and what changed meanwhile is "
                   "told. To leave that out, prime it first.",
                   "resume");
}

const struct command command_poll = { "poll", "-c FILE SOURCE", "Poll a source now", run_poll };
const struct command command_accept = { "accept", "-c FILE SOURCE",
                                        "Believe an answer that is held", run_accept };
const struct command command_prime = { "prime", "-c FILE SOURCE",
                                       "Take what is there now as the base, untold", run_prime };
const struct command command_pause = { "pause", "-c FILE SOURCE", "Stop polling a source",
                                       run_pause };
const struct command command_resume = { "resume", "-c FILE SOURCE", "Poll a paused source again",
                                        run_resume };
