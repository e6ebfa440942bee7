#include "bridge/poll/poll-log.h"

#include "bridge/base/log.h"
#include "bridge/base/str.h"
#include "bridge/base/units.h"
#include "bridge/model/failure.h"
#include "bridge/poll/poll-source.h"
#include "bridge/poll/poll.h"

#define WAIT_TEXT_SIZE 32

static bool tells(const struct poll_end *end, const char *type)
{
    return end->events && event_list_has(end->events, type);
}

static void log_bad(enum log_level level, const char *message, const struct poll_source *source,
                    const struct poll_end *end, const struct poll_rest *next)
{
    char wait[WAIT_TEXT_SIZE];
    if (!log_wants(level)) {
        return;
    }
    duration_format(next->wait_ms, wait, sizeof(wait));
    LOG_AT(level, message, LOG_STR("source", source->name), LOG_STR("code", end->code),
           LOG_STR("detail", end->detail),
           LOG_STR("advice", end->code ? failure_find(end->code)->advice : NULL),
           LOG_INT("failures", source->state.failures), LOG_STR("next_in", wait),
           LOG_STR("next_by", poll_pace_name(next->pace)));
}

static void log_failed(const struct poll_source *source, const struct poll_end *end,
                       const struct poll_rest *next)
{
    if (tells(end, EVENT_SOURCE_FAILING)) {
        log_bad(LOG_WARN, "source failing; its sinks are told", source, end, next);
    } else {
        log_bad(source->state.failures == 1 ? LOG_WARN : LOG_DEBUG, "poll failed", source, end,
                next);
    }
}

static void log_held(const struct poll_source *source, const struct poll_end *end,
                     const struct poll_rest *next)
{
    bool told = tells(end, EVENT_SOURCE_HELD);
    log_bad(told ? LOG_WARN : LOG_DEBUG, "answer held; the base stays as it was", source, end,
            next);
}

static void log_good(const struct poll_source *source, const struct poll_end *end,
                     const struct poll_rest *next)
{
    char wait[WAIT_TEXT_SIZE];
    bool quiet = end->result == POLL_NOT_MODIFIED || end->result == POLL_UNCHANGED;
    if (tells(end, EVENT_SOURCE_RECOVERED)) {
        log_info("source recovered", LOG_STR("source", source->name));
    }
    if (end->detail) {
        log_info("polled, with a note", LOG_STR("source", source->name),
                 LOG_STR("detail", end->detail));
    }
    if (!log_wants(quiet ? LOG_DEBUG : LOG_INFO)) {
        return;
    }
    duration_format(next->wait_ms, wait, sizeof(wait));
    LOG_AT(quiet ? LOG_DEBUG : LOG_INFO, "polled", LOG_STR("source", source->name),
           LOG_STR("result", poll_result_name(end->result)), LOG_INT("status", end->status),
           LOG_INT("events", end->events ? end->events->n : 0),
           LOG_INT("duration_ms", end->duration_ms), LOG_STR("next_in", wait),
           LOG_STR("next_by", poll_pace_name(next->pace)));
}

void poll_log_end(const struct poll_source *source, const struct poll_end *end,
                  const struct poll_rest *next)
{
    switch (end->result) {
    case POLL_FAILED: log_failed(source, end, next); break;
    case POLL_HELD: log_held(source, end, next); break;
    case POLL_THROTTLED:
        // Without a status the host rested already: that was told with the answer that began it.
        log_bad(end->status ? LOG_INFO : LOG_DEBUG, "throttled", source, end, next);
        break;
    case POLL_NOT_MODIFIED:
    case POLL_UNCHANGED:
    case POLL_BASELINE:
    case POLL_CHANGED: log_good(source, end, next); break;
    }
}
