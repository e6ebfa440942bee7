// `pollbridge test SOURCE`: one poll, shown in full; writes nothing and sends nothing.

#include <event2/event.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <json-c/json.h>

#include "bridge/base/buf.h"
#include "bridge/base/clock.h"
#include "bridge/base/log.h"
#include "bridge/base/problem.h"
#include "bridge/base/str.h"
#include "bridge/cli/arguments.h"
#include "bridge/cli/cli.h"
#include "bridge/cli/document-text.h"
#include "bridge/cli/show-request.h"
#include "bridge/cli/show.h"
#include "bridge/cli/test-file.h"
#include "bridge/cli/test-instance.h"
#include "bridge/engine/engine.h"
#include "bridge/model/event.h"
#include "bridge/model/http.h"
#include "bridge/model/observer.h"
#include "bridge/spi/settings.h"

#define GRACE_MS 120000

struct test {
    const char *file;
    const char *source;
    const char *answer;       // a file instead of a poll; NULL: none
    const char *content_type; // of that file
    struct event_base *base;
    struct json_object *noted; // which sinks would get which event; owned
    enum exit_code code;
};

static void on_request(void *userdata, const char *source, const struct http_request *request)
{
    (void)userdata;
    (void)source;
    show_request(request);
}

static void on_response(void *userdata, const char *source, const struct http_response *response)
{
    (void)userdata;
    (void)source;
    if (response->error != HTTP_NO_ERROR) {
        show("< no answer: %s%s%s\n\n", http_error_code(response->error),
             response->error_text ? ": " : "", response->error_text ? response->error_text : "");
        return;
    }
    show("< %d in %" PRId64 " ms, %zu bytes\n", response->status, response->total_us / 1000,
         response->body.len);
    for (size_t i = 0; i < response->headers.n; i++) {
        bool cookie = str_eq_nocase(response->headers.v[i].name, "set-cookie");
        show("< %s: %s\n", response->headers.v[i].name,
             cookie ? "***" : response->headers.v[i].value);
    }
    show_body(&response->body);
}

static void on_page(void *userdata, const char *source, size_t number, size_t items, bool more)
{
    (void)userdata;
    (void)source;
    show("page %zu: %zu items, %s\n\n", number, items,
         more ? "and there is a next page" : "and it is the last one");
}

static void on_document(void *userdata, const char *source, const struct bytes *document)
{
    AUTO_BUF struct buf text = { 0 };

    (void)userdata;
    (void)source;
    if (document_text(document, &text) == 0) {
        show("the document:\n%s\n", buf_str(&text));
    }
}

static void show_next(const struct poll_report *report)
{
    if (report->next_at_ms) {
        show("  the daemon would poll again in ");
        show_wait(report->next_at_ms - clock_wall_ms(&clock_system));
        show(" (%s)\n", report->next_words);
    }
}

static void on_poll(void *userdata, const struct poll_report *report)
{
    struct test *test = userdata;

    show("%s: %s%s%s%s%s\n", report->source, poll_result_name(report->result),
         report->code ? " (" : "", report->code ? report->code : "", report->code ? ")" : "",
         report->detail ? ":" : "");
    if (report->detail) {
        show("  %s\n", report->detail);
    }
    if (report->advice) {
        show("  what to do: %s\n", report->advice);
    }
    if (report->result == POLL_BASELINE) {
        show("  the first answer: later ones are compared with it\n");
    }
    show_next(report);
    show_events(report->events, test->noted);
    test->code = report->result == POLL_FAILED || report->result == POLL_HELD ||
                         report->result == POLL_THROTTLED
                     ? EXIT_NO
                     : EXIT_OK;
}

static void on_deliveries(const struct delivery_list *deliveries, void *userdata)
{
    struct test *test = userdata;

    (void)!show_note_deliveries(&test->noted, deliveries);
}

static void on_done(void *userdata)
{
    struct test *test = userdata;

    (void)event_base_loopexit(test->base, NULL);
}

static enum exit_code run_engine(struct test *test, struct settings *settings)
{
    const struct observer observer = {
        .on_request = on_request,
        .on_response = on_response,
        .on_page = on_page,
        .on_document = on_document,
        .on_poll = on_poll,
        .userdata = test,
    };
    const struct engine_options options = {
        .observer = &observer,
        .dry = true,
        .on_dry_deliveries = on_deliveries,
        .userdata = test,
    };
    CLEANUP(problem_freep) struct problem *problem = NULL;
    CLEANUP(engine_freep) struct engine *engine = NULL;
    int r = engine_new(&engine, test->base, settings, &options, &problem);

    if (r) {
        (void)fprintf(stderr, "pollbridge: %s\n", problem ? problem->message : "out of memory");
        return r > 0 ? EXIT_STORE : EXIT_TROUBLE;
    }
    r = engine_run_once(engine, test->source, GRACE_MS, on_done, test);
    if (r) {
        return cli_refuse_source(settings, test->file, test->source);
    }
    return event_base_dispatch(test->base) < 0 ? EXIT_TROUBLE : test->code;
}

static enum exit_code run_file(const struct test *test, struct settings *settings)
{
    const struct test_file file = {
        .config = test->file,
        .source = test->source,
        .answer = test->answer,
        .content_type = test->content_type,
    };

    return test_file_run(&file, test->base, settings);
}

// One poll is asked for, and a source with for_each has many.
static enum exit_code run_one(struct test *test, struct settings *settings)
{
    AUTO_FREE char *picked = NULL;
    if (test->answer) {
        return run_file(test, settings);
    }
    enum exit_code code =
        test_instance_pick(settings, test->base, test->file, test->source, &picked);

    if (code != EXIT_OK) {
        return code;
    }
    test->source = picked;
    code = run_engine(test, settings);
    test->source = NULL;
    return code;
}

static enum exit_code run(const struct cli *cli, int argc, char **argv)
{
    struct test test = { .file = CLI_DEFAULT_CONFIG, .code = EXIT_NO };
    const struct argument options[] = {
        { 'c', "config", "FILE", "Configuration (default " CLI_DEFAULT_CONFIG ")", ARGUMENT_TEXT,
          &test.file, NULL },
        { 'f', "from-file", "ANSWER",
          "Ask nobody: take this file (\"-\": standard input) for the answer", ARGUMENT_TEXT,
          &test.answer, NULL },
        { 't', "content-type", "TYPE", "What its server would call it (default: it does not say)",
          ARGUMENT_TEXT, &test.content_type, NULL },
    };
    const struct positional positional = { "SOURCE", &test.source, true };
    const struct arguments arguments = {
        .doc = "Polls SOURCE once and shows the request, the answer and the events that would be "
               "sent. Compares with the daemon's stored snapshot where there is one; writes and "
               "sends nothing.",
        .v = options,
        .n = ARRAY_LEN(options),
        .positionals = &positional,
        .positional_count = 1,
    };
    AUTO_SETTINGS struct settings *settings = NULL;

    if (arguments_parse(&arguments, argc, argv) != 0) {
        return EXIT_TROUBLE;
    }
    if (test.content_type && !test.answer) {
        (void)fprintf(stderr, "pollbridge: --content-type goes with --from-file\n");
        return EXIT_USAGE;
    }
    log_init(LOG_LOGFMT, LOG_WARN, STDERR_FILENO);
    (void)signal(SIGPIPE, SIG_IGN);
    settings = cli_load_settings(cli, test.file);
    if (!settings) {
        return EXIT_CONFIG;
    }
    test.base = event_base_new();
    if (!test.base) {
        return EXIT_TROUBLE;
    }
    enum exit_code code = run_one(&test, settings);
    event_base_free(test.base);
    (void)json_object_put(test.noted);
    return code;
}

const struct command command_test = { "test", "-c FILE SOURCE",
                                      "Show one poll; write and send nothing", run };
