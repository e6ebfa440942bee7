#include "bridge/deliver/sink-tests.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/base/clock.h"
#include "bridge/base/workers.h"
#include "bridge/deliver/teller.h"
#include "bridge/model/delivery.h"
#include "bridge/model/event.h"
#include "bridge/model/json.h"
#include "bridge/spi/settings.h"

struct sink_test {
    struct work work; // first
    struct sink_test *next;
    struct sink_tests *owner;  // NULL: gone, and answered
    struct settings *settings; // a reference
    const struct sink_settings *sink;
    struct event event;
    struct delivery delivery;
    struct attempt_run *run; // NULL: it is not on its way
    int (*make)(void *worker_ctx, const struct sink_settings *sink, const struct event *event,
                struct delivery *ret);
    int result;
    sink_test_fn done;
    void *userdata;
};

struct sink_tests {
    struct sink_tests_parts parts;
    struct sink_test *first;
    size_t n;
};

static void test_free(struct sink_test *test)
{
    (void)attempt_run_free(test->run);
    event_deinit(&test->event);
    delivery_deinit(&test->delivery);
    (void)settings_unref(test->settings);
    free(test);
}

// Takes it off its owner, tells the result.
static void end(struct sink_test *test, int result)
{
    const struct attempt_run *run = test->run;
    for (struct sink_test **at = &test->owner->first; *at; at = &(*at)->next) {
        if (*at == test) {
            *at = test->next;
            break;
        }
    }
    test->owner->n--;
    test->owner = NULL;
    test->done(result, run ? &run->outcome.attempt : NULL, run ? run->detail : NULL,
               test->userdata);
}

static void on_attempt(struct attempt_run *run)
{
    struct sink_test *test = run->owner;
    end(test, run->is_void ? -ECANCELED : 0);
    test_free(test);
}

// Its template failed: nothing is sent, and it is said as an attempt is.
static int fail_unsent(struct sink_test *test)
{
    struct attempt *attempt = &test->run->outcome.attempt;
    attempt->number = 1;
    attempt->at_ms = test->event.at_ms;
    attempt->state = DELIVERY_FAILED;
    attempt->error_code = strdup("template_error");
    test->run->detail = strdup(test->delivery.encoded.error);
    return attempt->error_code && test->run->detail ? ATTEMPT_E_DECIDED : -ENOMEM;
}

static int send(struct sink_test *test)
{
    struct attempt_run *run = calloc(1, sizeof(*run));
    if (!run) {
        return -ENOMEM;
    }
    run->owner = test;
    run->delivery = &test->delivery;
    run->settings = settings_ref(test->settings);
    run->sink = test->sink;
    run->done = on_attempt;
    test->run = run;
    return test->delivery.encoded.error ? fail_unsent(test)
                                        : attempt_start(run, &test->owner->parts.means);
}

// The standard body is the event's own.
static int take_body(struct sink_test *test)
{
    struct encoded *encoded = &test->delivery.encoded;
    return encoded->own_body || encoded->error
               ? 0
               : bytes_dup(&encoded->body, test->event.body.data, test->event.body.len);
}

static void on_made(struct work *work)
{
    struct sink_test *test = (struct sink_test *)work;
    if (!test->owner) {
        test_free(test);
        return;
    }
    int r = test->result ? test->result : take_body(test);
    r = r ? r : send(test);
    if (r != 0) { // else the attempt ends it
        end(test, r == ATTEMPT_E_DECIDED ? 0 : r);
        test_free(test);
    }
}

static void run_make(struct work *work, void *worker_ctx)
{
    struct sink_test *test = (struct sink_test *)work;
    test->result = test->make(worker_ctx, test->sink, &test->event, &test->delivery);
}

static int make_event(const struct sink_tests *tests, const char *sink, struct event *event)
{
    AUTO_JSON struct json_object *data = json_object_new_object();
    struct json_object *name = json_object_new_string(sink);
    if (!data || !name || json_object_object_add(data, "sink", name) != 0) {
        (void)json_object_put(name);
        return -ENOMEM;
    }
    event->at_ms = clock_wall_ms(tests->parts.means.clock);
    event_id_derive(event->id, TELLER_STORE_NAME, sink, event->at_ms, EVENT_SINK_TEST, NULL);
    event->type = strdup(EVENT_SINK_TEST);
    event->source = strdup(TELLER_SOURCE_NAME);
    return event->type && event->source ? event_encode(event, data) : -ENOMEM;
}

int sink_tests_new(struct sink_tests **ret, const struct sink_tests_parts *parts)
{
    struct sink_tests *tests = calloc(1, sizeof(*tests));
    if (!tests) {
        return -ENOMEM;
    }
    tests->parts = *parts;
    *ret = tests;
    return 0;
}

struct sink_tests *sink_tests_free(struct sink_tests *tests)
{
    while (tests && tests->first) {
        struct sink_test *test = tests->first;
        bool is_sent = test->run != NULL;
        struct attempt_run *run = STEAL(test->run);
        end(test, -ECANCELED);
        test->run = run;
        if (is_sent) { // else its work comes back and frees it
            test_free(test);
        }
    }
    free(tests);
    return NULL;
}

int sink_tests_start(struct sink_tests *tests, struct settings *settings, const char *sink,
                     sink_test_fn done, void *userdata)
{
    const struct sink_settings *found = settings_find_sink(settings, sink);
    if (!found || tests->n == SINK_TESTS_MAX) {
        return found ? -EAGAIN : -ENOENT;
    }
    struct sink_test *test = calloc(1, sizeof(*test));
    int r = test ? make_event(tests, sink, &test->event) : -ENOMEM;
    if (r == 0) {
        test->work = (struct work){ .run = run_make, .done = on_made };
        test->owner = tests;
        test->settings = settings_ref(settings);
        test->sink = found;
        test->make = tests->parts.make;
        test->done = done;
        test->userdata = userdata;
        r = workers_try_submit(tests->parts.workers, &test->work) ? 0 : -EAGAIN;
    }
    if (r == 0) {
        test->next = tests->first;
        tests->first = test;
        tests->n++;
    } else if (test) {
        test_free(test);
    }
    return r;
}
