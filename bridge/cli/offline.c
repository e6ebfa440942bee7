#include "bridge/cli/offline.h"

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <json-c/json.h>

#include "bridge/api/api-answer.h"
#include "bridge/api/routes.h"
#include "bridge/api/sinks.h"
#include "bridge/base/problem.h"
#include "bridge/base/str.h"
#include "bridge/model/json.h"
#include "bridge/spi/settings.h"
#include "bridge/spi/sink-control.h"
#include "bridge/spi/store.h"
#include "bridge/spi/worker.h"
#include "bridge/store/dry-store.h"

struct offline {
    struct settings *settings;
    struct event_base *base; // which the store wants; it never runs
    struct store *store;
    struct store_reader *reader;
};

struct offline *offline_close(struct offline *offline)
{
    if (!offline) {
        return NULL;
    }
    if (offline->store) {
        (void)offline->store->ops->reader_free(offline->reader);
        (void)offline->store->ops->close(offline->store);
    }
    if (offline->base) {
        event_base_free(offline->base);
    }
    (void)settings_unref(offline->settings);
    free(offline);
    return NULL;
}

static void offline_closep(struct offline **offline)
{
    (void)offline_close(*offline);
}

static enum exit_code open_store(struct offline *offline)
{
    const char *path = offline->settings->store.path;
    CLEANUP(problem_freep) struct problem *problem = NULL;

    if (access(path, F_OK) != 0) {
        (void)fprintf(stderr, "pollbridge: and there is no store at %s\n", path);
        return EXIT_NO;
    }
    offline->base = event_base_new();
    int r =
        offline->base ? dry_store_open(&offline->store, offline->base, path, &problem) : -ENOMEM;
    r = r ? r : offline->store->ops->reader_new(offline->store, &offline->reader);
    if (r != 0) {
        (void)fprintf(stderr, "pollbridge: %s\n",
                      problem ? problem->message : "the store cannot be read");
        return EXIT_STORE;
    }
    (void)fprintf(stderr, "pollbridge: no daemon answers; this is what its store %s has\n", path);
    return EXIT_OK;
}

enum exit_code offline_open(struct offline **ret, const struct cli *cli, const char *config)
{
    CLEANUP(offline_closep) struct offline *offline = calloc(1, sizeof(*offline));

    if (!offline) {
        return EXIT_TROUBLE;
    }
    offline->settings = cli_load_settings(cli, config);
    if (!offline->settings) {
        return EXIT_CONFIG;
    }
    enum exit_code code = open_store(offline);
    if (code == EXIT_OK) {
        *ret = STEAL(offline);
    }
    return code;
}

// ---- sinks, which a daemon has in memory ----

static void show_sink(struct view *view, const struct sink_settings *sink,
                      const struct sink_depth *depths, size_t n)
{
    struct sink_status status = { .name = sink->name, .settings = sink };

    for (size_t i = 0; i < n; i++) {
        if (str_eq(depths[i].sink, sink->name)) {
            status.waiting = depths[i].waiting;
            status.held = depths[i].held;
            status.oldest_at_ms = depths[i].oldest_at_ms;
            status.health = depths[i].health;
        }
    }
    sinks_view(&status, view);
}

static int list_sinks(const struct offline *offline, struct view *view)
{
    struct sink_depth *depths = NULL;
    size_t n = 0;
    int r = offline->store->ops->reader_depths(offline->reader, &depths, &n);

    view_begin_page(view);
    for (size_t i = 0; r == 0 && i < offline->settings->sink_count; i++) {
        show_sink(view, &offline->settings->sinks[i], depths, n);
    }
    view_end_page(view, NULL, true);
    sink_depths_free(depths, n);
    return r;
}

// ---- the question ----

static enum exit_code tell_failure(int error, const struct problem *problem)
{
    if (problem) {
        (void)fprintf(stderr, "pollbridge: %s\n", problem->message);
        return EXIT_USAGE;
    }
    (void)fprintf(stderr, "pollbridge: the store cannot be read: %s\n",
                  error == -EUCLEAN ? "it was written by another version of pollbridge; start its "
                                      "daemon once"
                                    : strerror(-error));
    return error == -ENOMEM ? EXIT_TROUBLE : EXIT_STORE;
}

static enum exit_code take_answer(struct api_answer *answer, struct json_object **ret)
{
    if (answer->status != 0) {
        (void)fprintf(stderr, "pollbridge: %s\n", answer->detail);
        return EXIT_NO;
    }
    int r = answer->view.error
                ? answer->view.error
                : json_read(ret, answer->view.text.data, answer->view.text.len, NULL, NULL);
    return r == 0 ? EXIT_OK : EXIT_TROUBLE;
}

enum exit_code offline_ask(struct offline *offline, const char *path, struct json_object **ret)
{
    const struct worker worker = { .store = offline->store, .reader = offline->reader };
    CLEANUP(problem_freep) struct problem *problem = NULL;
    CLEANUP(api_answer_deinit) struct api_answer answer = { 0 };
    int r = str_starts(path, "/v1/sinks?") ? list_sinks(offline, &answer.view)
                                           : routes_ask_store(path, &worker, &answer, &problem);

    return r < 0 ? tell_failure(r, problem) : take_answer(&answer, ret);
}
