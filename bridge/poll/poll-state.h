#pragma once
// The inside of a poll, for the files that move it on.

#include <event2/event.h>

#include "bridge/base/cleanup.h"
#include "bridge/model/http.h"
#include "bridge/poll/auth/auth-session.h"
#include "bridge/poll/pages/page-run.h"
#include "bridge/poll/politeness/host-gate.h"
#include "bridge/poll/poll-job.h"
#include "bridge/poll/poll.h"

struct commit_ticket;
struct poll_commit;
struct poll_job;
struct source_state;

struct poll {
    const struct poll_owner *owner;
    struct poll_source *source;
    struct settings *settings;           // a reference: a reload does not touch a poll under way
    const struct source_settings *rules; // of the source, in `settings`
    struct auth_session *session;        // a reference; NULL: none
    uint64_t token_serial;
    struct auth_waiter auth;
    struct gate_lane *lane; // a reference: a reload may give the source another one
    struct gate_waiter gate;
    struct event *timer; // made when first needed
    void (*on_timer)(struct poll *poll);

    struct page_run pages;
    struct http_request request;
    struct http_transfer *transfer; // NULL: not asking
    struct poll_job *job;           // NULL: none
    bool job_is_out;                // the workers have it
    struct poll_commit *commit;     // not with the store
    struct commit_ticket *ticket;   // the store has it

    int64_t began_at_ms; // monotonic
    struct instant now;  // when it last moved on
    int status;
    struct poll_rest rest; // what a good answer asks for
    unsigned retries;      // quick ones
    unsigned store_tries;  // of the commit
    bool sent_validators;
    bool renewed_token;
    bool rechecked; // the guard did not believe an answer, and this is the second look
    bool answered;
};

// ---- poll.c: asking ----
void poll_ask(struct poll *poll);
void poll_ask_later(struct poll *poll,
                    int64_t wait_ms); // gives up the place at the gate until then
void poll_wait(struct poll *poll, int64_t wait_ms, void (*then)(struct poll *poll)); // keeps it
// What it waited for is here, or there is trouble: all that follows is of one instant, poll->now.
void poll_move_on(struct poll *poll);
// What good answers and the quota ask for.
struct poll_rest poll_rest_after(const struct poll *poll);
// All of these end the poll: it is gone afterwards.
void poll_finish(struct poll *poll, const struct poll_end *end);
void poll_fail_inside(struct poll *poll, int error); // this process is in trouble (negative errno)

// ---- poll-answer.c: what came back ----
void poll_judge(struct poll *poll, struct http_response *response);
// The whole answer is here: the response, or (NULL) all its pages.
void poll_take_answer(struct poll *poll, struct http_response *response);
// A worker's job about what was seen last.
void poll_run_without_answer(struct poll *poll, enum poll_job_kind kind);
// The poll failed, or (not failed) the API asked for rest of wait_ms.
struct poll_trouble {
    const char *code;
    const char *detail;
    bool failed;
    struct poll_rest rest;
};
void poll_meet_trouble(struct poll *poll, const struct poll_trouble *trouble);

// ---- poll-pages.c: answers that come in pages ----
void poll_take_page(struct poll *poll, struct http_response *take);
// True: the rest is short and stands between two pages, so it is waited for.
bool poll_sits_out(struct poll *poll, int64_t rest_ms);

// ---- poll-outcome.c: what the worker found ----
// Gives the job to a worker; `done` is called when it is through.
void poll_work(struct poll *poll, struct poll_job *take, void (*done)(struct poll_job *job));
void poll_digest(struct poll *poll, struct poll_job *take);
void poll_end_with_outcome(struct poll *poll, const struct event_list *events);

// ---- poll-commit.c: what the store keeps ----
// `take_state` is the state after it. Ends the poll when it is durable.
void poll_commit(struct poll *poll, struct source_state *take_state);
void poll_take_state(struct poll_source *source, struct source_state *take);
void poll_drop_commit(struct poll *poll); // for poll_free
