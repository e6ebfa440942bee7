#include "bridge/demo/demo.h"

#include <dirent.h>
#include <errno.h>
#include <event2/event.h>
#include <openssl/rand.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bridge/base/buf.h"
#include "bridge/base/encode.h"
#include "bridge/base/log.h"
#include "bridge/base/problem.h"
#include "bridge/base/str.h"
#include "bridge/demo/receiver.h"
#include "bridge/demo/screen.h"
#include "bridge/demo/weather-api.h"
#include "bridge/engine/engine.h"
#include "bridge/spi/settings.h"
#include "config/config.h"

#define SECRET_BYTES   24
#define DRAIN_GRACE_MS 3000

struct demo {
    const struct demo_options *options;
    struct screen screen;
    struct event_base *base;
    struct weather_api *api;
    struct receiver *receiver;
    struct settings *settings;
    struct engine *engine;
    struct event *end_timer;
    struct event *signals[2];
    char folder[32];
    bool ending;
};

// config_load asks by name only; one demo runs in a process.
static struct buf secret;

static const char *answer_variable(const char *name)
{
    return str_eq(name, "WEBHOOK_SECRET") ? buf_str(&secret) : NULL;
}

static int make_secret(void)
{
    unsigned char key[SECRET_BYTES];

    if (RAND_bytes(key, sizeof(key)) != 1) {
        return -EIO;
    }
    int r = buf_append_str(&secret, "whsec_");
    return r ? r : base64_encode(&secret, key, sizeof(key));
}

static int write_configuration(const struct demo *demo, struct buf *yaml)
{
    static const struct {
        const char *name, *city, *interval;
    } places[] = { { "madrid", "Madrid", "1s" },
                   { "oslo", "Oslo", "2s" },
                   { "nairobi", "Nairobi", "2s" } };
    int r =
        buf_printf(yaml, "server: { listen: \"off\" }\nstore: { path: %s/bridge.db }\nsources:\n",
                   demo->folder);

    for (size_t i = 0; r == 0 && i < ARRAY_LEN(places); i++) {
        r = buf_printf(yaml,
                       "  %s:\n    url: %s/v1/location\n    params: { city: %s }\n"
                       "    interval: %s\n    ignore: [.observed_at]\n",
                       places[i].name, weather_api_url(demo->api), places[i].city,
                       places[i].interval);
    }
    return r ? r
             : buf_printf(yaml,
                          "sinks:\n  subscriber:\n    url: %s/hooks/weather\n"
                          "    secret: ${WEBHOOK_SECRET}\n",
                          receiver_url(demo->receiver));
}

static int load_configuration(struct demo *demo)
{
    AUTO_BUF struct buf yaml = { 0 };
    struct problems problems = { 0 };
    int r = write_configuration(demo, &yaml);

    if (r) {
        return r;
    }
    const struct config_input input = {
        .file = "demo.yaml",
        .text = buf_str(&yaml),
        .text_len = yaml.len,
        .drivers = demo->options->drivers,
        .getenv = answer_variable,
    };
    r = config_load(&demo->settings, &input, &problems);
    for (size_t i = 0; i < problems.n; i++) {
        AUTO_FREE char *text = problem_format(problems.v[i]);
        log_error(text ? text : "out of memory");
    }
    problems_deinit(&problems);
    if (r == 0) {
        screen_begin(&demo->screen, buf_str(&yaml));
    }
    return r;
}

static void on_drained(void *userdata)
{
    struct demo *demo = userdata;
    (void)event_base_loopexit(demo->base, NULL);
}

static void on_end(evutil_socket_t fd, short what, void *userdata)
{
    struct demo *demo = userdata;

    (void)fd;
    (void)what;
    if (demo->ending) { // asked twice: a person is waiting
        on_drained(demo);
        return;
    }
    demo->ending = true;
    engine_drain(demo->engine, DRAIN_GRACE_MS, on_drained, demo);
}

static int arm(struct demo *demo)
{
    const struct timeval limit = {
        .tv_sec = demo->options->for_ms / 1000,
        .tv_usec = demo->options->for_ms % 1000 * 1000,
    };

    demo->end_timer = evtimer_new(demo->base, on_end, demo);
    demo->signals[0] = evsignal_new(demo->base, SIGINT, on_end, demo);
    demo->signals[1] = evsignal_new(demo->base, SIGTERM, on_end, demo);
    for (size_t i = 0; i < ARRAY_LEN(demo->signals); i++) {
        if (!demo->signals[i] || event_add(demo->signals[i], NULL) != 0) {
            return -ENOMEM;
        }
    }
    if (!demo->end_timer) {
        return -ENOMEM;
    }
    return demo->options->for_ms > 0 && event_add(demo->end_timer, &limit) != 0 ? -ENOMEM : 0;
}

static int make_engine(struct demo *demo)
{
    const struct observer observer = {
        .on_response = screen_on_response,
        .on_poll = screen_on_poll,
        .userdata = &demo->screen,
    };
    static struct observer in_use; // the engine borrows it
    CLEANUP(problem_freep) struct problem *problem = NULL;

    in_use = observer;
    int r = engine_new(&demo->engine, demo->base, demo->settings,
                       &(struct engine_options){ .observer = &in_use,
                                                  .drivers = demo->options->drivers },
                       &problem);
    if (r) {
        log_error(problem ? problem->message : "out of memory");
        return r < 0 ? r : -EIO;
    }
    return engine_start(demo->engine);
}

static int run(struct demo *demo)
{
    demo->base = event_base_new();
    if (!demo->base) {
        return -ENOMEM;
    }
    (void)memcpy(demo->folder, "/tmp/pollbridge-demo-XXXXXX",
                 sizeof("/tmp/pollbridge-demo-XXXXXX"));
    if (!mkdtemp(demo->folder)) {
        demo->folder[0] = '\0';
        return -errno;
    }
    int r = make_secret();
    r = r ? r : weather_api_new(&demo->api, demo->base);
    r = r ? r
          : receiver_new(&demo->receiver, demo->base, buf_str(&secret), screen_on_webhook,
                         &demo->screen);
    r = r ? r : load_configuration(demo);
    r = r ? r : make_engine(demo);
    r = r ? r : arm(demo);
    if (r == 0 && event_base_dispatch(demo->base) < 0) {
        r = -EIO;
    }
    return r;
}

static void remove_folder(const char *folder)
{
    DIR *entries = folder[0] ? opendir(folder) : NULL;

    if (!entries) {
        return;
    }
    for (struct dirent *entry = readdir(entries); entry; entry = readdir(entries)) {
        (void)unlinkat(dirfd(entries), entry->d_name, 0); // fails on "." and "..", as it should
    }
    (void)closedir(entries);
    (void)rmdir(folder);
}

static void deinit(struct demo *demo)
{
    engine_free(demo->engine);
    settings_unref(demo->settings);
    receiver_free(demo->receiver);
    weather_api_free(demo->api);
    for (size_t i = 0; i < ARRAY_LEN(demo->signals); i++) {
        if (demo->signals[i]) {
            event_free(demo->signals[i]);
        }
    }
    if (demo->end_timer) {
        event_free(demo->end_timer);
    }
    if (demo->base) {
        event_base_free(demo->base);
    }
    buf_deinit(&secret);
    remove_folder(demo->folder);
}

int demo_run(const struct demo_options *options)
{
    struct demo demo = { .options = options };

    screen_init(&demo.screen, options->out);
    int r = run(&demo);
    if (r == 0) {
        screen_end(&demo.screen);
        r = demo.screen.verified > 0 && demo.screen.refused == 0 ? 0 : DEMO_E_UNTOLD;
    }
    deinit(&demo);
    return r;
}
