#pragma once
// The poll side on its real parts: configuration, SQLite, workers, HTTP client; and an API on the
// loopback that answers what it was told to. Time is set by hand unless a test says otherwise; only
// the waits inside one poll are real, and short.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bridge/base/buf.h"
#include "bridge/model/observer.h"
#include "bridge/poll/poller.h"
#include "tests/unit/poll/support.h"
#include "tests/unit/store/support.h"

struct evhttp_request;
struct http_client;
struct loopback;
struct metrics;
struct settings;
struct workers;

#define STAGE_MAX 64

extern unsigned stage_parsed; // JSON texts, since a test set it to 0

struct stage_answer {
    const char *path;       // of requests it is for; NULL: any
    int status;             // 0: none comes until stage_release
    const char *headers[5]; // name, value, …, NULL
    const char *body;       // double quotes may be written as single ones
};

struct stage_request {
    char path[64];
    char if_none_match[32]; // "" without one
    char authorization[64];
};

struct stage_report {
    char source[32];
    enum poll_result result;
    char code[32];
    char detail[128];
    int64_t wait_ms; // to the next poll
    char reason[16];
};

struct stage {
    struct fixture store; // and the loop
    struct hand_clock hand;
    const struct clock *clock; // NULL: the hand clock
    struct loopback *api;
    struct settings *settings;
    int64_t interval_ms; // of every source; 0: as configured
    struct workers *workers;
    struct http_client *http;
    struct metrics *metrics;
    struct poller *poller;
    struct observer observer;

    struct stage_answer answers[STAGE_MAX]; // to come; a used one has path "-"
    size_t answer_count;
    struct stage_request requests[STAGE_MAX];
    size_t request_count;
    struct evhttp_request *held; // asked, not answered
    struct stage_report reports[STAGE_MAX];
    size_t report_count;
    struct buf events; // "type key, …" of all reports, in order
    size_t deliveries; // given to the delivery side
    bool run_ended;
};

// The YAML's "@" stands for the API's address.
void stage_init(struct stage *stage, const char *yaml);
void stage_deinit(struct stage *stage);
#define AUTO_STAGE CLEANUP(stage_deinit)

void stage_apply(struct stage *stage, const char *yaml); // a reload
// Everything but the database goes, as with a kill, and comes again.
void stage_restart(struct stage *stage);
// Of all sources, also after reloads to come: the waits between polls and those inside them.
void stage_set_interval(struct stage *stage, int64_t interval_ms);

void stage_answer(struct stage *stage, const struct stage_answer *answer);
void stage_answer_body(struct stage *stage, const char *body); // 200, JSON
void stage_release(struct stage *stage, const char *body);     // answers the held request

// Lets the loop work until *flag is true (or fails the test after a while).
void stage_work_until(struct stage *stage, const bool *flag);
void stage_work_a_step(struct stage *stage);
// Starts one poll of the source, of all when NULL; run_ended tells when they are through.
void stage_begin_poll(struct stage *stage, const char *source);
// The same to its end. The last report.
const struct stage_report *stage_poll(struct stage *stage, const char *source);
// The same, and holds it to this result and to the events told since the last call.
void stage_expect(struct stage *stage, const char *source, enum poll_result result,
                  const char *events);
void stage_flush(struct stage *stage);
