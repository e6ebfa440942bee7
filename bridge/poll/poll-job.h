#pragma once
// What one poll lets a worker do: digest the answer, make the events about the source itself, and
// encode the deliveries. The job owns its data; `poll` is looked at on the loop only.

#include <stdbool.h>
#include <stdint.h>

#include "bridge/base/cleanup.h"
#include "bridge/base/workers.h"
#include "bridge/model/delivery.h"
#include "bridge/model/http.h"
#include "bridge/model/pace.h"
#include "bridge/model/snapshot.h"
#include "bridge/poll/digest/digest.h"
#include "bridge/poll/digest/pages.h"
#include "bridge/poll/pages/page-step.h"

struct instance;
struct poll;
struct settings;
struct source_settings;

enum poll_job_kind {
    POLL_JOB_DIGEST,    // the response, or all the pages, are an accepted answer
    POLL_JOB_PAGE,      // the response is one page of it; nothing is told yet
    POLL_JOB_REPEAT,    // the answer is the one seen last, and changes wait to be seen again
    POLL_JOB_WAKE,      // nobody asked, but it is time to tell what waits
    POLL_JOB_UNCHANGED, // it is known to be unchanged; source.recovered is to be told
    POLL_JOB_TROUBLE,   // it failed as `code` and `detail` say (or was throttled)
};

struct poll_job {
    struct work work;                   // first
    struct poll *poll;                  // whom to tell; NULL: nobody any more
    void (*done)(struct poll_job *job); // on the loop, only while poll is set

    struct settings *settings; // owned reference; what follows is within it
    const struct source_settings *source;
    struct instance *instance; // a reference
    enum poll_job_kind kind;
    struct source_state state; // a copy of the state before the poll
    struct http_response response;
    struct page_list pages; // of a source that asks page by page
    struct page_step page;  // of POLL_JOB_PAGE; a bad one ends as DIGEST_FAILED
    char *code;             // of POLL_JOB_TROUBLE
    char *detail;
    bool failed;              // of POLL_JOB_TROUBLE: counts as a failure (else it was throttled)
    bool believes;            // whatever the guard says
    bool shows;               // the document, in the outcome
    bool primes;              // told to nobody
    bool may_tell_held;       // a HELD outcome is told (when it was not told before)
    struct hash128 body_hash; // of POLL_JOB_DIGEST, for the state afterwards
    // The answer that the next poll may be conditional on, within the above; NULL: it may not be.
    const struct http_response *validating;
    int status;            // of the answer, for the report
    struct poll_rest rest; // of POLL_JOB_TROUBLE: before the next poll
    int64_t now_ms;

    int error;                     // negative errno when the worker could not do it
    struct digest_outcome outcome; // events: everything that is told
    struct delivery_list deliveries;
};

// Takes references on settings and instance and copies state. 0 or -ENOMEM.
int poll_job_new(struct poll_job **ret, struct settings *settings,
                 const struct source_settings *source, struct instance *instance,
                 const struct source_state *state) MUST_CHECK;
struct poll_job *poll_job_free(struct poll_job *job); // not while it is with the workers
DEFINE_CLEANUP(poll_job)

// For struct work: runs with a struct worker (NULL: fails) and then calls job->done.
void poll_job_run(struct work *work, void *worker_ctx);
void poll_job_done(struct work *work);
