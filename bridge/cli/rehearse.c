// `pollbridge rehearse SOURCE FOLDER`: a series of answers that were kept, as if each were a poll.

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "bridge/base/hash.h"
#include "bridge/base/problem.h"
#include "bridge/base/str.h"
#include "bridge/cli/arguments.h"
#include "bridge/cli/cli.h"
#include "bridge/cli/rehearsal.h"
#include "bridge/cli/show.h"
#include "bridge/model/event.h"
#include "bridge/model/json.h"
#include "bridge/spi/settings.h"

enum rehearse_format {
    REHEARSE_LINES,  // a line for every answer and one for every event
    REHEARSE_EVENTS, // bodies, one a line
};
static const char *const format_names[] = {
    [REHEARSE_LINES] = "lines",
    [REHEARSE_EVENTS] = "events",
    NULL,
};

struct rehearse {
    const char *file;
    const char *source;
    const char *folder;
    const char *content_type;
    int64_t interval_ms; // 0: that of the source
    int format;          // enum rehearse_format
    // What came of it.
    size_t results[DIGEST_FAILED + 1];
    size_t answers;
    size_t events;
    size_t other_bodies; // answers that are not byte for byte the one before
    struct hash128 body;
};

// ---- what is printed ----

static void print_places(struct json_object *changes)
{
    for (size_t i = 0; changes && i < json_object_array_length(changes); i++) {
        struct json_object *change = json_object_array_get_idx(changes, i);
        show(" %s", json_object_get_string(json_object_object_get(change, "path")));
    }
}

static void print_event(const struct event *event)
{
    AUTO_JSON struct json_object *body = NULL;
    const struct json_limits limits = { .depth = JSON_DEPTH_MAX + 8 }; // its own levels
    struct json_object *data = NULL;

    show("  %s%s%s", event->type, event->key ? " " : "", event->key ? event->key : "");
    if (json_read(&body, event->body.data, event->body.len, &limits, NULL) == 0 &&
        json_object_object_get_ex(body, "data", &data)) {
        print_places(json_object_object_get(data, "changes"));
    }
    show("\n");
}

static void print_answer(const struct rehearse *rehearse, const char *name,
                         const struct digest_outcome *outcome)
{
    if (rehearse->format == REHEARSE_LINES) {
        show("%-32s %-9s%s%s%s%s\n", name, rehearsal_result_name(outcome->result),
             outcome->code ? " " : "", outcome->code ? outcome->code : "",
             outcome->detail ? ": " : "", outcome->detail ? outcome->detail : "");
    }
    for (size_t i = 0; i < outcome->events.n; i++) {
        const struct event *event = &outcome->events.v[i];
        if (rehearse->format == REHEARSE_LINES) {
            print_event(event);
        } else {
            show("%.*s\n", (int)event->body.len, event->body.data);
        }
    }
}

static void print_sum(const struct rehearse *rehearse)
{
    if (rehearse->format != REHEARSE_LINES) {
        return;
    }
    show("%zu answers: ", rehearse->answers);
    for (int i = 0; i <= DIGEST_FAILED; i++) {
        if (rehearse->results[i] > 0) {
            show("%zu %s, ", rehearse->results[i], rehearsal_result_name((enum digest_result)i));
        }
    }
    show("%zu events. %zu answers are not byte for byte the one before.\n", rehearse->events,
         rehearse->other_bodies);
}

// ---- the answers ----

static void count(struct rehearse *rehearse, const struct bytes *body,
                  const struct digest_outcome *outcome)
{
    struct hash128 hash = hash128_of(body->data, body->len);

    rehearse->other_bodies += rehearse->answers > 0 && !hash128_eq(hash, rehearse->body);
    rehearse->body = hash;
    rehearse->answers++;
    rehearse->results[outcome->result]++;
    rehearse->events += outcome->events.n;
}

static int run_answer(struct rehearse *rehearse, struct rehearsal *rehearsal, const char *name,
                      struct problem **reterr)
{
    CLEANUP(digest_outcome_deinit) struct digest_outcome outcome = { 0 };
    CLEANUP(bytes_deinit) struct bytes body = { 0 };
    AUTO_FREE char *path = str_printf("%s/%s", rehearse->folder, name);
    int r = path ? rehearsal_read_file(path, &body, reterr) : -ENOMEM;

    r = r ? r : rehearsal_feed(rehearsal, &body, &outcome);
    if (r == 0) {
        count(rehearse, &body, &outcome);
        print_answer(rehearse, name, &outcome);
        rehearsal->now_ms += rehearse->interval_ms;
    }
    return r;
}

struct names {
    struct dirent **v;
    int n; // negative: none
};

static void names_deinit(struct names *names)
{
    for (int i = 0; i < names->n; i++) {
        free(names->v[i]);
    }
    free(names->v);
}

static int is_shown(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static int run_folder(struct rehearse *rehearse, struct rehearsal *rehearsal,
                      struct problem **reterr)
{
    CLEANUP(names_deinit) struct names names = { 0 };
    int r = 0;

    names.n = scandir(rehearse->folder, &names.v, is_shown, versionsort); // 2 before 10
    if (names.n <= 0) {
        return problem_set_at(reterr, REHEARSAL_E_FILE, "folder", rehearse->folder, 0, 0, "%s",
                              names.n == 0 ? "holds no file" : strerror(errno));
    }
    for (int i = 0; r == 0 && i < names.n; i++) {
        r = run_answer(rehearse, rehearsal, names.v[i]->d_name, reterr);
    }
    return r;
}

static enum exit_code run_source(struct rehearse *rehearse, const struct source_settings *source)
{
    CLEANUP(rehearsal_deinit) struct rehearsal rehearsal = { 0 };
    CLEANUP(problem_freep) struct problem *problem = NULL;
    int r = rehearsal_init(&rehearsal, source);

    rehearse->interval_ms = rehearse->interval_ms ? rehearse->interval_ms : source->interval_ms;
    rehearsal.content_type = rehearse->content_type;
    r = r ? r : run_folder(rehearse, &rehearsal, &problem);
    if (r) {
        AUTO_FREE char *words = problem ? problem_format(problem) : NULL;
        (void)fprintf(stderr, "pollbridge: %s\n", words ? words : strerror(r < 0 ? -r : ENOMEM));
        return r < 0 ? EXIT_TROUBLE : EXIT_USAGE;
    }
    print_sum(rehearse);
    return rehearse->results[DIGEST_BASELINE] > 0 ? EXIT_OK : EXIT_NO;
}

// ---- the command ----

static int parse_arguments(struct rehearse *rehearse, int argc, char **argv)
{
    const struct argument options[] = {
        { 'c', "config", "FILE", "Configuration (default " CLI_DEFAULT_CONFIG ")", ARGUMENT_TEXT,
          &rehearse->file, NULL },
        { 'f', "format", "FORMAT",
          "lines (default: what came of each answer, and its events with the places that changed) "
          "or events (bodies, one a line)",
          ARGUMENT_CHOICE, &rehearse->format, format_names },
        { 'i', "interval", "DURATION", "Time between the answers (default: the source's interval)",
          ARGUMENT_DURATION, &rehearse->interval_ms, NULL },
        { 't', "content-type", "TYPE", "What their server would call them", ARGUMENT_TEXT,
          &rehearse->content_type, NULL },
    };
    const struct positional positionals[] = {
        { "SOURCE", &rehearse->source, true },
        { "FOLDER", &rehearse->folder, true },
    };
    const struct arguments arguments = {
        .doc = "Takes the files of FOLDER, in the order of their names, for the answers to polls "
               "of SOURCE, and prints what would have been told: a workbench for the rules of a "
               "source. Begins without a base; nothing is asked, stored or sent.",
        .v = options,
        .n = ARRAY_LEN(options),
        .positionals = positionals,
        .positional_count = ARRAY_LEN(positionals),
    };

    return arguments_parse(&arguments, argc, argv);
}

static enum exit_code run(const struct cli *cli, int argc, char **argv)
{
    struct rehearse rehearse = { .file = CLI_DEFAULT_CONFIG };
    AUTO_SETTINGS struct settings *settings = NULL;

    if (parse_arguments(&rehearse, argc, argv) != 0) {
        return EXIT_TROUBLE;
    }
    settings = cli_load_settings(cli, rehearse.file);
    if (!settings) {
        return EXIT_CONFIG;
    }
    const struct source_settings *source = rehearsal_find_source(settings, rehearse.source);
    if (!source) {
        return cli_refuse_source(settings, rehearse.file, rehearse.source);
    }
    return run_source(&rehearse, source);
}

const struct command command_rehearse = { "rehearse", "-c FILE SOURCE FOLDER",
                                          "What a series of kept answers would tell", run };
