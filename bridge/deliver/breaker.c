#include "bridge/deliver/breaker.h"

#include "bridge/base/hash.h"
#include "bridge/deliver/retry.h"

#define PROBE_LEAST_MS 1000

void breaker_load(struct breaker *breaker, const struct sink_health *kept)
{
    *breaker = (struct breaker){ .kept = *kept, .is_open = kept->failures >= BREAKER_FAILURES };
}

void breaker_reset(struct breaker *breaker)
{
    *breaker = (struct breaker){ 0 };
}

enum breaker_event breaker_succeeded(struct breaker *breaker)
{
    bool was_open = breaker->is_open;
    breaker_reset(breaker);
    return was_open ? BREAKER_CLOSED : BREAKER_NOTHING;
}

static void note_delivery(struct breaker *breaker, int64_t id)
{
    for (unsigned i = 0; i < breaker->n_failed; i++) {
        if (breaker->failed[i] == id) {
            return;
        }
    }
    if (breaker->n_failed < BREAKER_FAILURES) {
        breaker->failed[breaker->n_failed++] = id;
    }
}

static bool is_gone_for_good(struct breaker *breaker, const struct breaker_failure *failure)
{
    struct sink_health *kept = &breaker->kept;
    if (!failure->is_gone) {
        return false;
    }
    if (kept->gone_at_ms == 0 || kept->gone_at_ms > failure->wall_ms) {
        kept->gone_at_ms = failure->wall_ms;
    }
    return failure->wall_ms - kept->gone_at_ms >= BREAKER_GONE_APART_MS;
}

static bool failed_too_long(struct breaker *breaker, const struct breaker_failure *failure)
{
    struct sink_health *kept = &breaker->kept;
    // A clock that stepped back must not make the failing look older than it is.
    if (kept->failing_since_ms == 0 || kept->failing_since_ms > failure->wall_ms) {
        kept->failing_since_ms = failure->wall_ms;
    }
    return kept->failures >= BREAKER_DISABLE_ATTEMPTS &&
           failure->wall_ms - kept->failing_since_ms >= failure->disable_after_ms;
}

static void plan_probe(struct breaker *breaker, const struct breaker_failure *failure)
{
    const int64_t parts[] = { failure->delivery_id, breaker->probes, failure->wall_ms };
    int64_t wait_ms =
        retry_wait_ms(failure->retry, ++breaker->probes, hash64_of(parts, sizeof(parts)));
    breaker->probe_at_ms = failure->mono_ms + (wait_ms > PROBE_LEAST_MS ? wait_ms : PROBE_LEAST_MS);
}

static enum breaker_event disable(struct breaker *breaker, const struct breaker_failure *failure,
                                  enum breaker_event why)
{
    breaker->kept.disabled_at_ms = failure->wall_ms;
    return why;
}

enum breaker_event breaker_failed(struct breaker *breaker, const struct breaker_failure *failure)
{
    breaker->kept.failures += breaker->kept.failures < UINT32_MAX;
    note_delivery(breaker, failure->delivery_id);
    bool too_long = failed_too_long(breaker, failure);
    bool gone = is_gone_for_good(breaker, failure);
    if (breaker->kept.disabled_at_ms != 0) {
        return BREAKER_NOTHING; // of attempts that were under way
    }
    if (gone || too_long) {
        return disable(breaker, failure, gone ? BREAKER_DISABLED_GONE : BREAKER_DISABLED_FAILING);
    }
    if (breaker->is_open) {
        if (failure->mono_ms >= breaker->probe_at_ms) {
            plan_probe(breaker, failure);
        }
        return BREAKER_NOTHING;
    }
    if (breaker->n_failed < BREAKER_FAILURES) {
        return BREAKER_NOTHING;
    }
    breaker->is_open = true;
    plan_probe(breaker, failure);
    return BREAKER_OPENED;
}

bool breaker_disable(struct breaker *breaker, int64_t wall_ms)
{
    if (breaker->kept.disabled_at_ms != 0) {
        return false;
    }
    breaker->kept.disabled_at_ms = wall_ms;
    return true;
}
