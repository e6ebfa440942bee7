#include "bridge/deliver/sink-counters.h"

#include <string.h>

#include "bridge/base/cleanup.h"
#include "bridge/deliver/attempt.h"

static struct attempt_count *count_of(struct sink_counters *counters, const char *code_class,
                                      const char *error_code)
{
    for (size_t i = 0; i < counters->attempt_codes; i++) {
        struct attempt_count *count = &counters->attempts[i];
        if (strcmp(count->code_class, code_class) == 0 &&
            strcmp(count->error_code, error_code) == 0) {
            return count;
        }
    }
    if (counters->attempt_codes == COUNTERS_CODES_MAX) {
        return &counters->attempts[COUNTERS_CODES_MAX - 1];
    }
    struct attempt_count *count = &counters->attempts[counters->attempt_codes++];
    *count = (struct attempt_count){ .code_class = code_class, .error_code = error_code };
    if (counters->attempt_codes == COUNTERS_CODES_MAX) {
        count->code_class = count->error_code = "other";
    }
    return count;
}

void counters_note(struct sink_counters *counters, const struct attempt_run *run, int64_t now_ms)
{
    const struct attempt *attempt = &run->outcome.attempt;
    const char *code = run->error_code ? run->error_code : "";
    count_of(counters, attempt_code_class(attempt->status), code)->n++;
    if (attempt->state == DELIVERY_DELIVERED) {
        counters->delivered++;
        int64_t age_ms = now_ms - run->delivery->event_at_ms;
        metrics_observe(&counters->end_to_end_seconds, age_ms > 0 ? (double)age_ms / 1000 : 0);
    } else if (attempt->state == DELIVERY_FAILED) {
        counters->failed++;
    }
}

static void write_deliveries(struct metrics_writer *writer, const struct counters_row *row)
{
    const struct metrics_label delivered[] = { { "sink", row->sink }, { "result", "delivered" } };
    const struct metrics_label failed[] = { { "sink", row->sink }, { "result", "failed" } };
    const struct metrics_label coalesced[] = { { "sink", row->sink }, { "result", "coalesced" } };
    metrics_sample(writer, delivered, ARRAY_LEN(delivered), (double)row->counters->delivered);
    metrics_sample(writer, failed, ARRAY_LEN(failed), (double)row->counters->failed);
    metrics_sample(writer, coalesced, ARRAY_LEN(coalesced), (double)row->counters->coalesced);
}

static void write_attempts(struct metrics_writer *writer, const struct counters_row *row)
{
    for (size_t i = 0; i < row->counters->attempt_codes; i++) {
        const struct attempt_count *count = &row->counters->attempts[i];
        const struct metrics_label labels[] = { { "sink", row->sink },
                                                { "code_class", count->code_class },
                                                { "error_code", count->error_code } };
        metrics_sample(writer, labels, ARRAY_LEN(labels), (double)count->n);
    }
}

static void write_end_to_end(struct metrics_writer *writer, const struct counters_row *row)
{
    const struct metrics_label label = { "sink", row->sink };
    metrics_histogram_samples(writer, &label, 1, &row->counters->end_to_end_seconds);
}

static void write_depth(struct metrics_writer *writer, const struct counters_row *row)
{
    const struct metrics_label waiting[] = { { "sink", row->sink }, { "state", "waiting" } };
    const struct metrics_label held[] = { { "sink", row->sink }, { "state", "held" } };
    metrics_sample(writer, waiting, ARRAY_LEN(waiting), (double)row->waiting);
    metrics_sample(writer, held, ARRAY_LEN(held), (double)row->held);
}

static void write_oldest(struct metrics_writer *writer, const struct counters_row *row)
{
    const struct metrics_label label = { "sink", row->sink };
    metrics_sample(writer, &label, 1, (double)row->oldest_age_ms / 1000);
}

static void write_disabled(struct metrics_writer *writer, const struct counters_row *row)
{
    const struct metrics_label label = { "sink", row->sink };
    metrics_sample(writer, &label, 1, row->is_disabled);
}

static void write_open(struct metrics_writer *writer, const struct counters_row *row)
{
    const struct metrics_label label = { "sink", row->sink };
    metrics_sample(writer, &label, 1, row->is_open);
}

static const struct family {
    const char *name;
    enum metrics_kind kind;
    const char *help;
    void (*write)(struct metrics_writer *writer, const struct counters_row *row);
} families[] = {
    { "pollbridge_deliveries_total", METRICS_COUNTER,
      "Deliveries that came to an end, by sink and result.", write_deliveries },
    { "pollbridge_attempts_total", METRICS_COUNTER,
      "Attempts by sink, class of the HTTP status and error code (empty: delivered).",
      write_attempts },
    { "pollbridge_end_to_end_seconds", METRICS_HISTOGRAM,
      "Time from the moment a change was seen to its delivery.", write_end_to_end },
    { "pollbridge_outbox_depth", METRICS_GAUGE,
      "Deliveries that are not settled; waiting counts pending and retrying ones.", write_depth },
    { "pollbridge_outbox_oldest_age_seconds", METRICS_GAUGE,
      "Age of the oldest waiting delivery, 0 when none waits.", write_oldest },
    { "pollbridge_sink_disabled", METRICS_GAUGE,
      "1 while the sink is disabled and its deliveries are held.", write_disabled },
    { "pollbridge_sink_breaker_open", METRICS_GAUGE,
      "1 while the sink fails and gets one attempt at a time.", write_open },
};

void counters_write(struct metrics_writer *writer, const struct counters_row *rows, size_t n)
{
    for (size_t i = 0; i < ARRAY_LEN(families); i++) {
        metrics_family(writer, families[i].name, families[i].kind, families[i].help);
        for (size_t j = 0; j < n; j++) {
            families[i].write(writer, &rows[j]);
        }
    }
}
