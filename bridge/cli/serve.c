// `pollbridge serve`: the daemon. SIGTERM and SIGINT drain, SIGHUP reloads.

#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "bridge/base/log.h"
#include "bridge/base/problem.h"
#include "bridge/base/str.h"
#include "bridge/cli/arguments.h"
#include "bridge/cli/cli.h"
#include "bridge/cli/reload.h"
#include "bridge/cli/secret-watch.h"
#include "bridge/engine/engine.h"
#include "bridge/spi/settings.h"

#define DRAIN_GRACE_MS   20000
#define SECRETS_EVERY_MS 2000

// gcc says it by a macro, clang by a feature.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

struct serve {
    const struct cli *cli;
    const char *file;
    int log_format; // enum log_format
    int log_level;  // enum log_level
    struct event_base *base;
    struct engine *engine;
    struct reload *reload;
    struct secret_watch *secrets;
    bool draining;
};

static void on_drained(void *userdata)
{
    struct serve *serve = userdata;

    log_info("stopped");
    (void)event_base_loopexit(serve->base, NULL);
}

static void on_stop(evutil_socket_t number, short what, void *userdata)
{
    struct serve *serve = userdata;

    (void)what;
    if (serve->draining) { // asked twice: a person is waiting
        (void)event_base_loopexit(serve->base, NULL);
        return;
    }
    serve->draining = true;
    log_info("stopping: what is under way may finish", LOG_INT("signal", number),
             LOG_INT("grace_ms", DRAIN_GRACE_MS));
    engine_drain(serve->engine, DRAIN_GRACE_MS, on_drained, serve);
}

static void on_reloaded(struct settings *take, void *userdata)
{
    struct serve *serve = userdata;
    AUTO_SETTINGS struct settings *settings = take;

    if (serve->draining) {
        return;
    }
    if (!settings) {
        log_error("reload refused: the configuration has problems; the old one stays in force",
                  LOG_STR("file", serve->file));
        return;
    }
    CLEANUP(problem_freep) struct problem *problem = NULL;
    if (engine_apply(serve->engine, settings, &problem) != 0) {
        log_error("reload failed; the old configuration stays in force",
                  LOG_STR("why", problem ? problem->message : "out of memory"));
        return;
    }
    if (secret_watch_set(serve->secrets, settings) != 0) {
        log_error("out of memory: changes of secret files are not seen until the next reload");
    }
    log_info("reloaded", LOG_STR("file", serve->file), LOG_INT("sources", settings->source_count),
             LOG_INT("sinks", settings->sink_count));
}

static void on_reload(evutil_socket_t number, short what, void *userdata)
{
    struct serve *serve = userdata;

    (void)number;
    (void)what;
    reload_start(serve->reload, on_reloaded, serve);
}

static void on_secret_changed(const char *path, void *userdata)
{
    struct serve *serve = userdata;

    log_info("a file of the configuration has changed; the configuration is read anew", LOG_STR("path", path));
    reload_start(serve->reload, on_reloaded, serve);
}

// Tokens and secrets live in this process's memory: no core file may carry them away. Sanitizers
// need to trace their own process, so they keep their right to.
static void keep_secrets_out_of_cores(void)
{
    const struct rlimit none = { 0, 0 };

    (void)setrlimit(RLIMIT_CORE, &none);
#if !SANITIZED
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

static enum exit_code run_loop(struct serve *serve)
{
    struct event *signals[] = {
        evsignal_new(serve->base, SIGTERM, on_stop, serve),
        evsignal_new(serve->base, SIGINT, on_stop, serve),
        evsignal_new(serve->base, SIGHUP, on_reload, serve),
    };
    int r = engine_start(serve->engine);

    for (size_t i = 0; i < ARRAY_LEN(signals); i++) {
        r = signals[i] && event_add(signals[i], NULL) == 0 ? r : -1;
    }
    if (r == 0) {
        r = event_base_dispatch(serve->base);
    }
    for (size_t i = 0; i < ARRAY_LEN(signals); i++) {
        if (signals[i]) {
            event_free(signals[i]);
        }
    }
    return r < 0 ? EXIT_TROUBLE : EXIT_OK;
}

static enum exit_code serve_settings(struct serve *serve, struct settings *settings)
{
    CLEANUP(problem_freep) struct problem *problem = NULL;
    const struct engine_options engine_options = { .drivers = serve->cli->drivers };
    int r = engine_new(&serve->engine, serve->base, settings, &engine_options, &problem);

    if (r) {
        log_error(problem ? problem->message : "cannot start: out of memory");
        return r == ENGINE_E_CONFIG ? EXIT_CONFIG : r > 0 ? EXIT_STORE : EXIT_TROUBLE;
    }
    log_info("serving", LOG_STR("version", POLLBRIDGE_VERSION), LOG_STR("file", serve->file),
             LOG_INT("sources", settings->source_count), LOG_INT("sinks", settings->sink_count),
             LOG_STR("listen", engine_url(serve->engine)));
    enum exit_code code = EXIT_TROUBLE;
    if (reload_new(&serve->reload, serve->base, serve->cli, serve->file) == 0 &&
        secret_watch_new(&serve->secrets, serve->base, SECRETS_EVERY_MS, on_secret_changed,
                         serve) == 0 &&
        secret_watch_set(serve->secrets, settings) == 0) {
        code = run_loop(serve);
    }
    serve->secrets = secret_watch_free(serve->secrets);
    serve->reload = reload_free(serve->reload);
    serve->engine = engine_free(serve->engine);
    return code;
}

static int parse_arguments(struct serve *serve, int argc, char **argv)
{
    static const char *const formats[] = { "logfmt", "json", NULL };
    static const char *const levels[] = { "debug", "info", "warn", "error", NULL };
    const struct argument options[] = {
        { 'c', "config", "FILE", "Configuration (default " CLI_DEFAULT_CONFIG ")", ARGUMENT_TEXT,
          &serve->file, NULL },
        { 'f', "log-format", "FORMAT", "logfmt (default) or json", ARGUMENT_CHOICE,
          &serve->log_format, formats },
        { 'l', "log-level", "LEVEL", "debug, info (default), warn or error", ARGUMENT_CHOICE,
          &serve->log_level, levels },
    };
    const struct arguments arguments = {
        .doc = "Polls the sources and delivers their changes until SIGTERM. SIGHUP loads the "
               "configuration anew; a file with problems leaves the one in force.",
        .v = options,
        .n = ARRAY_LEN(options),
    };

    return arguments_parse(&arguments, argc, argv);
}

static enum exit_code run(const struct cli *cli, int argc, char **argv)
{
    struct serve serve = { .cli = cli, .file = CLI_DEFAULT_CONFIG, .log_level = LOG_INFO };
    AUTO_SETTINGS struct settings *settings = NULL;

    if (parse_arguments(&serve, argc, argv) != 0) {
        return EXIT_TROUBLE;
    }
    log_init((enum log_format)serve.log_format, (enum log_level)serve.log_level, STDERR_FILENO);
    keep_secrets_out_of_cores();
    (void)signal(SIGPIPE, SIG_IGN);
    settings = cli_load_settings(cli, serve.file);
    if (!settings) {
        return EXIT_CONFIG;
    }
    serve.base = event_base_new();
    if (!serve.base) {
        return EXIT_TROUBLE;
    }
    enum exit_code code = serve_settings(&serve, settings);
    event_base_free(serve.base);
    return code;
}

const struct command command_serve = { "serve", "-c FILE", "Poll and deliver until SIGTERM", run };
