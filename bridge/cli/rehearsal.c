#include "bridge/cli/rehearsal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "bridge/base/clock.h"
#include "bridge/base/problem.h"
#include "bridge/base/str.h"
#include "bridge/expr/expr.h"
#include "bridge/model/http.h"
#include "bridge/model/observer.h"
#include "bridge/spi/settings.h"
#include "config/read-all.h"

#define FILE_BYTES_MAX ((size_t)512 * 1024 * 1024)

int rehearsal_read_file(const char *path, struct bytes *ret, struct problem **reterr)
{
    bool is_stdin = str_eq(path, "-");
    AUTO_CLOSE int fd = is_stdin ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
    AUTO_BUF struct buf content = { .max = FILE_BYTES_MAX };
    int r = fd < 0 ? -errno : read_all(fd, &content);

    if (r == -ENOMEM) {
        return r;
    }
    if (r) {
        return problem_set_at(reterr, REHEARSAL_E_FILE, "file", path, 0, 0, "cannot be read: %s",
                              strerror(-r));
    }
    *ret = buf_take(&content);
    return 0;
}

int rehearsal_init(struct rehearsal *rehearsal, const struct source_settings *source)
{
    *rehearsal = (struct rehearsal){ .source = source, .now_ms = clock_wall_ms(&clock_system) };
    return expr_context_new(&rehearsal->context);
}

void rehearsal_deinit(struct rehearsal *rehearsal)
{
    (void)expr_context_free(rehearsal->context);
    source_state_deinit(&rehearsal->state);
    snapshot_deinit(&rehearsal->base);
}

static int lend_base(void *userdata, struct snapshot *ret)
{
    const struct rehearsal *rehearsal = userdata;
    const struct snapshot *base = &rehearsal->base;
    struct snapshot copy = { .rules = base->rules };
    int r = bytes_dup(&copy.document, base->document.data, base->document.len);

    if (r == 0 && base->raw.data) {
        r = bytes_dup(&copy.raw, base->raw.data, base->raw.len);
    }
    if (r == 0 && base->noise.data) {
        r = bytes_dup(&copy.noise, base->noise.data, base->noise.len);
    }
    if (r) {
        snapshot_deinit(&copy);
        return r;
    }
    *ret = copy;
    return 0;
}

// As the commit of a poll leaves it behind.
static void keep(struct rehearsal *rehearsal, struct digest_outcome *outcome)
{
    struct source_state *state = &rehearsal->state;
    bool is_new = outcome->snapshot.document.data != NULL;

    if (rehearsal_is_good(outcome->result)) {
        state->fingerprint = outcome->fingerprint;
        state->noise_due_ms = outcome->noise_due_ms;
        state->noise_counts = outcome->noise_counts;
    }
    state->version += is_new || outcome->events.n > 0;
    if (outcome->events.n > 0) {
        const struct event *last = &outcome->events.v[outcome->events.n - 1];
        state->sequence = last->sequence;
        (void)memcpy(state->last_event_id, last->id, sizeof(state->last_event_id));
    }
    if (is_new) {
        state->has_snapshot = true;
        state->rules = rehearsal->source->rules_hash;
        snapshot_deinit(&rehearsal->base);
        rehearsal->base = outcome->snapshot;
        outcome->snapshot = (struct snapshot){ 0 };
    }
}

int rehearsal_feed(struct rehearsal *rehearsal, const struct bytes *body,
                   struct digest_outcome *ret)
{
    CLEANUP(headers_deinit) struct headers headers = { 0 };
    int r = rehearsal->content_type ? headers_add(&headers, "Content-Type", rehearsal->content_type)
                                    : 0;
    const struct http_response response = { .status = 200, .headers = headers, .body = *body };
    const struct digest_input input = {
        .source = rehearsal->source,
        .state = &rehearsal->state,
        .response = &response,
        .context = rehearsal->context,
        .now_ms = rehearsal->now_ms,
        .load_base = lend_base,
        .userdata = rehearsal,
    };

    r = r ? r : digest(&input, ret);
    if (r == 0) {
        keep(rehearsal, ret);
    }
    return r;
}

const struct source_settings *rehearsal_find_source(const struct settings *settings,
                                                    const char *name)
{
    AUTO_FREE char *source = strndup(name, strcspn(name, "{"));

    return source ? settings_find_source(settings, source) : NULL;
}

const char *rehearsal_result_name(enum digest_result result)
{
    static const enum poll_result results[] = {
        [DIGEST_UNCHANGED] = POLL_UNCHANGED, [DIGEST_BASELINE] = POLL_BASELINE,
        [DIGEST_CHANGED] = POLL_CHANGED,     [DIGEST_HELD] = POLL_HELD,
        [DIGEST_FAILED] = POLL_FAILED,
    };

    return poll_result_name(results[result]);
}

bool rehearsal_is_good(enum digest_result result)
{
    return result != DIGEST_HELD && result != DIGEST_FAILED;
}
