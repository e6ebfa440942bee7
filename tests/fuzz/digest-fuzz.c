// A series of answers through the digest: whatever they are, patches turn before into after, ids
// and bodies come out the same twice, and an answer that is repeated tells nothing.
//
// The input is a digit that picks the rules, then answers, each behind a record separator (0x1e);
// an answer that is one digit alone edits the rules instead.

#include <assert.h>
#include <string.h>

#include <json-c/json.h>

#include "bridge/base/str.h"
#include "bridge/expr/expr.h"
#include "bridge/model/json.h"
#include "tests/fuzz/fuzz.h"
#include "tests/property/apply.h"
#include "tests/unit/poll/ledger.h"
#include "tests/unit/poll/support.h"

#define SEPARATOR   0x1e
#define ANSWERS_MAX 16

static const struct rules_text all_rules[] = {
    { 0 },
    { .select = ".a" },
    { .items = ".[]", .key = { ".id" } },
    { .items = ".data[]?", .key = { ".id", ".region" }, .ignore = { ".updated", "..etag" } },
    { .ignore = { ".time", ".list[].n", "..x" } },
    { .items = ".[]",
      .key = { ".id" },
      .optional = true,
      .first_run = FIRST_RUN_ITEMS,
      .max_removed = 1 },
    { .select = ".a | {b: .b}", .optional = true, .first_run = FIRST_RUN_SNAPSHOT },
    { .items = ".[]",
      .key = { ".id" },
      .ignore = { ".at" },
      .normalize = { { "..name", "trim | lowercase" }, { ".v", "round(1)" }, { ".tags", "set" } },
      .deadband = { { ".v", "0.5" }, { ".w", "10%" } } },
    { .deadband = { { "..v", "1" } }, .when = ".after.t? != 1" },
    { .items = ".[]",
      .key = { ".id" },
      .ignore = { ".at" },
      .deadband = { { ".v", "0.5" } },
      .confirm = 2,
      .absent_for = 2,
      .remember_states = 1,
      .cooldown_ms = 90000,
      .min_event_interval_ms = 130000 },
};

static const struct rules_text *pick_rules(uint8_t digit)
{
    return &all_rules[digit % ARRAY_LEN(all_rules)];
}

static void expect_patch(const struct event *event)
{
    AUTO_JSON struct json_object *body = NULL;
    struct json_object *data;
    struct json_object *before = NULL;
    struct json_object *after = NULL;
    struct json_object *patch = NULL;
    int r = json_read(&body, event->body.data, event->body.len, NULL, NULL);
    assert(r == 0 && json_object_object_get_ex(body, "data", &data));
    (void)json_object_object_get_ex(data, "before", &before);
    (void)json_object_object_get_ex(data, "after", &after);
    if (!json_object_object_get_ex(data, "patch", &patch) || !patch) {
        return;
    }
    AUTO_JSON struct json_object *applied = deep_copy(before);
    bool done = apply_patch(&applied, patch);
    assert(done && json_equal(applied, after));
}

static void expect_same(const struct digest_outcome *a, const struct digest_outcome *b)
{
    assert(a->result == b->result && a->events.n == b->events.n);
    assert(hash128_eq(a->fingerprint, b->fingerprint));
    for (size_t i = 0; i < a->events.n; i++) {
        assert(str_eq(a->events.v[i].id, b->events.v[i].id));
        assert(str_eq(a->events.v[i].body.data, b->events.v[i].body.data));
    }
}

static void expect_chain(const struct source_state *state, const struct event_list *events)
{
    const char *previous = state->last_event_id;
    for (size_t i = 0; i < events->n; i++) {
        const struct event *event = &events->v[i];
        assert(event->sequence == state->sequence + (int64_t)i + 1);
        assert(str_eq(event->previous_id, previous));
        previous = event->id;
        for (size_t j = 0; j < i; j++) {
            assert(!str_eq(event->id, events->v[j].id));
        }
        expect_patch(event);
    }
}

// Time has passed, and nobody asked: then nothing fails, and nothing waits for time that has come.
static void wake(struct bench *bench, struct ledger *ledger)
{
    AUTO_OUTCOME struct digest_outcome outcome = { 0 };
    bench_repeat(bench, true, &outcome);
    assert(outcome.result != DIGEST_FAILED);
    assert(outcome.noise_due_ms == 0 || outcome.noise_due_ms > bench->now_ms);
    if (!hash128_eq(bench->state.rules, bench->source.rules_hash)) {
        ledger_restart(ledger);
    }
    ledger_take(ledger, bench, &outcome);
    bench_commit(bench, &outcome);
}

static void poll(struct bench *bench, struct ledger *ledger, const char *answer, size_t len)
{
    AUTO_OUTCOME struct digest_outcome outcome = { 0 };
    AUTO_OUTCOME struct digest_outcome twice = { 0 };
    AUTO_OUTCOME struct digest_outcome repeated = { 0 };
    int r = bench_digest_bytes(bench, answer, len, &outcome);
    assert(r == 0);
    r = bench_digest_bytes(bench, answer, len, &twice);
    assert(r == 0);
    expect_same(&outcome, &twice);
    if (outcome.events.n < 100) { // every id is compared with every other
        expect_chain(&bench->state, &outcome.events);
    }
    enum digest_result result = outcome.result;
    assert((result == DIGEST_HELD || result == DIGEST_FAILED) == (outcome.code != NULL));
    ledger_take(ledger, bench, &outcome);
    bench_commit(bench, &outcome);
    r = bench_digest_bytes(bench, answer, len, &repeated);
    assert(r == 0);
    bool accepted = result != DIGEST_HELD && result != DIGEST_FAILED;
    if (!accepted || !bench->state.noise_counts) { // else it may be told now
        assert(repeated.result == (accepted ? DIGEST_UNCHANGED : result));
        assert(repeated.events.n == 0);
    }
    bench->now_ms += 60000;
    if (bench->state.noise_due_ms != 0 && bench->state.noise_due_ms <= bench->now_ms) {
        wake(bench, ledger);
    }
}

// libjq holds its stack by a pointer behind its end, which the leak sanitizer does not follow.
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libjq\n";
}

// One for all inputs, as a worker has one for all polls: programs stay compiled.
static struct expr_context *get_context(void)
{
    static struct expr_context *context;
    if (!context) {
        int r = expr_context_new(&context);
        assert(r == 0);
    }
    return context;
}

static void use_shared_context(struct bench *bench)
{
    (void)expr_context_free(bench->context);
    bench->context = get_context();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2) {
        return 0;
    }
    const char *at = (const char *)data + 1;
    const char *end = (const char *)data + size;
    AUTO_BENCH struct bench bench;
    AUTO_LEDGER struct ledger ledger = { 0 };
    bench_init(&bench, "fuzz", pick_rules(data[0]));
    use_shared_context(&bench);
    for (int i = 0; i < ANSWERS_MAX && at < end; i++) {
        const char *answer = at + 1;
        at = memchr(answer, SEPARATOR, (size_t)(end - answer));
        at = at ? at : end;
        if (at - answer == 1 && *answer >= '0' && *answer <= '9') {
            bench_edit(&bench, pick_rules((uint8_t)*answer));
            ledger_restart(&ledger);
        } else {
            poll(&bench, &ledger, answer, (size_t)(at - answer));
        }
    }
    bench.context = NULL;
    return 0;
}
