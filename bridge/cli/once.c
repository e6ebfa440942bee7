// `pollbridge once`: every source one time, what is due delivered once; for cron and for scripts.

#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "bridge/base/log.h"
#include "bridge/base/problem.h"
#include "bridge/cli/arguments.h"
#include "bridge/cli/cli.h"
#include "bridge/engine/engine.h"
#include "bridge/model/event.h"
#include "bridge/model/observer.h"
#include "bridge/spi/settings.h"

struct once {
    const struct cli *cli;
    const char *file;
    const char *source;
    int64_t grace_ms;
    struct event_base *base;
    size_t polls;
    size_t failures;
};

static void on_poll(void *userdata, const struct poll_report *report)
{
    struct once *once = userdata;
    bool failed = report->result == POLL_FAILED || report->result == POLL_HELD ||
                  report->result == POLL_THROTTLED;

    once->polls++;
    once->failures += failed ? 1 : 0;
    (void)printf("%-24s %-12s %3d  %zu events%s%s\n", report->source,
                 poll_result_name(report->result), report->status,
                 report->events ? report->events->n : 0, report->detail ? "  " : "",
                 report->detail ? report->detail : "");
}

static void on_done(void *userdata)
{
    struct once *once = userdata;

    (void)event_base_loopexit(once->base, NULL);
}

static enum exit_code run_engine(struct once *once, struct settings *settings)
{
    const struct observer observer = { .on_poll = on_poll, .userdata = once };
    const struct engine_options options = { .observer = &observer,
                                            .drivers = once->cli->drivers,
                                            .no_listener = true };
    CLEANUP(problem_freep) struct problem *problem = NULL;
    CLEANUP(engine_freep) struct engine *engine = NULL;
    int r = engine_new(&engine, once->base, settings, &options, &problem);

    if (r) {
        (void)fprintf(stderr, "pollbridge: %s\n", problem ? problem->message : "out of memory");
        return r > 0 ? EXIT_STORE : EXIT_TROUBLE;
    }
    r = engine_run_once(engine, once->source, once->grace_ms, on_done, once);
    if (r) {
        return cli_refuse_source(settings, once->file, once->source ? once->source : "");
    }
    if (event_base_dispatch(once->base) < 0) {
        return EXIT_TROUBLE;
    }
    return once->failures ? EXIT_NO : EXIT_OK;
}

static int parse_arguments(struct once *once, int argc, char **argv)
{
    const struct argument options[] = {
        { 'c', "config", "FILE", "Configuration (default " CLI_DEFAULT_CONFIG ")", ARGUMENT_TEXT,
          &once->file, NULL },
        { 'w', "wait", "DURATION", "How long polls and deliveries may take (default 60s)",
          ARGUMENT_DURATION, &once->grace_ms, NULL },
    };
    const struct positional positional = { "SOURCE", &once->source, false };
    const struct arguments arguments = {
        .doc = "Polls every source (or SOURCE alone) once, stores what changed, tries each due "
               "delivery once, and ends. Exit code 1 when a poll failed.",
        .v = options,
        .n = ARRAY_LEN(options),
        .positionals = &positional,
        .positional_count = 1,
    };

    return arguments_parse(&arguments, argc, argv);
}

static enum exit_code run(const struct cli *cli, int argc, char **argv)
{
    struct once once = { .cli = cli, .file = CLI_DEFAULT_CONFIG, .grace_ms = 60000 };
    AUTO_SETTINGS struct settings *settings = NULL;

    if (parse_arguments(&once, argc, argv) != 0) {
        return EXIT_TROUBLE;
    }
    log_init(LOG_LOGFMT, LOG_WARN, STDERR_FILENO);
    (void)signal(SIGPIPE, SIG_IGN);
    settings = cli_load_settings(cli, once.file);
    if (!settings) {
        return EXIT_CONFIG;
    }
    once.base = event_base_new();
    if (!once.base) {
        return EXIT_TROUBLE;
    }
    enum exit_code code = run_engine(&once, settings);
    event_base_free(once.base);
    return code;
}

const struct command command_once = { "once", "-c FILE [SOURCE]", "Poll and deliver one time",
                                      run };
