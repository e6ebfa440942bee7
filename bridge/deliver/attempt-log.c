#include "bridge/deliver/attempt-log.h"

#include "bridge/base/clock.h"
#include "bridge/base/log.h"
#include "bridge/deliver/attempt.h"
#include "bridge/model/delivery.h"

static void log_retry(const struct attempt_run *run)
{
    const struct attempt *attempt = &run->outcome.attempt;
    char next_at[CLOCK_RFC3339_SIZE];
    clock_format_rfc3339(attempt->next_at_ms, next_at);
    log_warn("delivery attempt failed; it is tried again", LOG_STR("sink", run->delivery->sink),
             LOG_STR("event", run->delivery->event_id), LOG_STR("type", run->delivery->event_type),
             LOG_INT("attempt", attempt->number), LOG_STR("error", run->error_code),
             LOG_INT("status", attempt->status), LOG_STR("detail", run->detail),
             LOG_STR("next_at", next_at), LOG_INT("sink_rests_ms", run->plan.rest_ms));
}

static void log_failed(const struct attempt_run *run)
{
    const struct attempt *attempt = &run->outcome.attempt;
    log_error(run->plan.exhausted ? "delivery failed for good; the retry schedule is used up"
                                  : "delivery failed for good; it is not tried again",
              LOG_STR("sink", run->delivery->sink), LOG_STR("event", run->delivery->event_id),
              LOG_STR("type", run->delivery->event_type), LOG_INT("attempt", attempt->number),
              LOG_STR("error", run->error_code), LOG_INT("status", attempt->status),
              LOG_STR("detail", run->detail));
}

static void log_delivered(const struct attempt_run *run)
{
    const struct attempt *attempt = &run->outcome.attempt;
    log_debug("delivered", LOG_STR("sink", run->delivery->sink),
              LOG_STR("event", run->delivery->event_id), LOG_STR("type", run->delivery->event_type),
              LOG_INT("attempt", attempt->number), LOG_INT("status", attempt->status),
              LOG_INT("duration_ms", attempt->duration_ms));
}

void attempt_log(const struct attempt_run *run)
{
    switch (run->plan.state) {
    case DELIVERY_DELIVERED: log_delivered(run); break;
    case DELIVERY_FAILED: log_failed(run); break;
    case DELIVERY_RETRYING: log_retry(run); break;
    case DELIVERY_HELD: // told with the sink
    case DELIVERY_PENDING:
    case DELIVERY_CANCELED: break; // no plan ends so
    }
}

void attempt_log_born_failed(const struct delivery *delivery)
{
    log_error("delivery failed for good; its body or a header cannot be made",
              LOG_STR("sink", delivery->sink), LOG_STR("event", delivery->event_id),
              LOG_STR("type", delivery->event_type), LOG_STR("error", "template_error"),
              LOG_STR("detail", delivery->encoded.error));
}
