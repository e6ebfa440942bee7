// An answer that comes in pages: each is read by a worker, which says what is asked for next; all
// of them together are the answer, and one that is bad ends the poll.

#include "bridge/base/problem.h"
#include "bridge/poll/pages/page-step.h"
#include "bridge/poll/poll-job.h"
#include "bridge/poll/poll-source.h"
#include "bridge/poll/poll-state.h"

#define RESTS_SAT_OUT   5 // in one poll
#define REST_SAT_OUT_MS ((int64_t)60000)

static void fail(struct poll *poll, const struct problem *why)
{
    poll_meet_trouble(
        poll, &(struct poll_trouble){ .code = why->code, .detail = why->message, .failed = true });
}

static void show_page(const struct poll *poll, size_t items)
{
    const struct observer *observer = poll->owner->observer;
    if (observer && observer->on_page) {
        observer->on_page(observer->userdata, poll->source->name, poll->pages.list.n, items,
                          poll->pages.place.url != NULL);
    }
}

// Its turn at the host comes before that of polls that wait to begin, but it waits for one.
static void ask_for_next(struct poll *poll)
{
    poll->retries = 0;
    gate_leave(&poll->gate);
    poll_ask(poll);
}

static void take_step(struct poll *poll, struct poll_job *job)
{
    CLEANUP(problem_freep) struct problem *why = NULL;
    size_t items = job->page.items;
    bool is_last = false;
    int r = page_run_add(&poll->pages, &job->response, &job->page, &is_last, &why);
    if (r == 0) {
        show_page(poll, items);
    }
    if (r < 0) {
        poll_fail_inside(poll, r);
    } else if (r > 0) {
        fail(poll, why);
    } else if (is_last) {
        poll_take_answer(poll, NULL);
    } else {
        ask_for_next(poll);
    }
}

static void on_page_done(struct poll_job *done)
{
    CLEANUP(poll_job_freep) struct poll_job *job = done;
    struct poll *poll = job->poll;
    poll->job_is_out = false;
    poll->job = NULL;
    poll_move_on(poll);
    if (job->error) {
        poll_fail_inside(poll, job->error);
    } else if (job->outcome.code) {
        poll_meet_trouble(poll, &(struct poll_trouble){ .code = job->outcome.code,
                                                        .detail = job->outcome.detail,
                                                        .failed = true });
    } else {
        take_step(poll, job);
    }
}

static int make_job(struct poll *poll, struct http_response *take, struct poll_job **ret)
{
    CLEANUP(poll_job_freep) struct poll_job *job = NULL;
    int r = poll_job_new(&job, poll->settings, poll->rules, poll->source->instance,
                         &poll->source->state);
    if (r != 0) {
        return r;
    }
    job->kind = POLL_JOB_PAGE;
    job->page.number = (unsigned)poll->pages.list.n + 1;
    job->page.items_before = poll->pages.items;
    job->page.asked = poll->pages.place;
    poll->pages.place = (struct page_place){ 0 };
    job->response = *take;
    *take = (struct http_response){ 0 };
    *ret = STEAL(job);
    return 0;
}

// A list may have more pages than the API grants requests in a minute. From its first page again it
// could never be read whole.
bool poll_sits_out(struct poll *poll, int64_t rest_ms)
{
    struct page_run *run = &poll->pages;
    if (run->list.n == 0 || run->rests >= RESTS_SAT_OUT || rest_ms > REST_SAT_OUT_MS) {
        return false;
    }
    run->rests++;
    poll_ask_later(poll, rest_ms);
    return true;
}

// The place at the host is kept while the page is read: the next request may follow at once.
void poll_take_page(struct poll *poll, struct http_response *take)
{
    CLEANUP(problem_freep) struct problem *why = NULL;
    struct poll_job *job = NULL;
    poll->answered = false; // by one page
    int r = page_run_check_size(&poll->pages, take->body.len, &why);
    if (r > 0) {
        fail(poll, why);
        return;
    }
    r = r ? r : make_job(poll, take, &job);
    if (r < 0) {
        poll_fail_inside(poll, r);
    } else {
        poll_work(poll, job, on_page_done);
    }
}
