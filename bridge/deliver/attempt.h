#pragma once
// One attempt: from a delivery to what the driver makes of the answer, and what is to happen next.

#include <stdbool.h>
#include <stdint.h>

#include "bridge/base/cleanup.h"
#include "bridge/deliver/phases.h"
#include "bridge/deliver/retry.h"
#include "bridge/deliver/settler.h"
#include "bridge/deliver/start-gate.h"
#include "bridge/model/http.h"
#include "bridge/spi/sink.h"

struct clock;
struct entry;
struct http_client;
struct http_transfer;
struct settings;
struct sink_settings;
struct stream_writer;
struct brokers;

#define ATTEMPT_RESPONSE_MAX 4096 // bytes of the answer that are kept

enum { ATTEMPT_E_DECIDED = 1 };

struct attempt_means { // borrowed
    const struct clock *clock;
    struct http_client *http;
    struct stream_writer *streams;
    struct brokers *brokers;
};

// The caller sets the members up to `done`.
struct attempt_run {
    struct outcome outcome; // filled in when decided; first, so that it leads back here
    void *owner;
    struct entry *entry;              // borrowed; its delivery is the one that is sent
    const struct delivery *delivery;  // the same, borrowed
    struct settings *settings;        // a reference: an attempt ends under what it began with
    const struct sink_settings *sink; // in those settings
    void (*done)(struct attempt_run *run);

    // When decided:
    enum verdict_kind kind;
    struct retry_plan plan;
    int64_t retry_at_ms;    // monotonic, when the plan is to retry
    const char *error_code; // static; NULL: delivered
    char *detail;           // words of the network, for the log; may be NULL
    struct phase_times times;
    bool is_void; // nothing was tried after all: not an attempt

    // Inside.
    const struct attempt_means *means;
    struct attempt_run *prev, *next; // the owner's list
    struct start_gate_pass pass;     // the owner's, while it is under way
    struct http_request request;
    struct http_transfer *transfer;
    int64_t started_at_ms; // monotonic
    bool sent_again;       // a connection kept too long was replaced once
    bool is_out;           // a thread has it, which cannot be stopped half-way
};

// 0: `done` is called later. ATTEMPT_E_DECIDED: it is decided already, `done` is not called.
// -EAGAIN, -ENOMEM: not started; the same run may be started again.
int attempt_start(struct attempt_run *run, const struct attempt_means *means) MUST_CHECK;
// Ends what is under way without a word. Accepts NULL.
struct attempt_run *attempt_run_free(struct attempt_run *run);

// "2xx", …, "none": the label of metrics.
const char *attempt_code_class(int status);
