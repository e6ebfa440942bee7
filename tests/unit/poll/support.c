#include "tests/unit/poll/support.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "bridge/base/problem.h"
#include "bridge/diff/deadband.h"
#include "bridge/diff/normalize.h"
#include "bridge/expr/expr.h"
#include "bridge/expr/pattern.h"
#include "bridge/model/http.h"
#include "bridge/model/json.h"
#include "bridge/spi/source.h"

static int decode(const void *settings, const struct http_response *response,
                  struct json_object **ret, struct problem **reterr)
{
    const struct bench *bench = settings;
    if (bench->decode_errors > 0) {
        return -ENOMEM;
    }
    const struct bytes *body = &response->body;
    int r = json_read(ret, body->data ? body->data : "", body->len, NULL, reterr);
    return r > 0 ? SOURCE_E_BAD_ANSWER : r;
}

static const struct source_driver driver = { .name = "json", .decode = decode };

struct expr *support_expr(const char *text)
{
    struct expr *expr = NULL;
    struct problem *problem = NULL;
    if (expr_new(&expr, text, &problem) != 0) {
        fail_msg("%s: %s", text, problem ? problem->message : "?");
    }
    return expr;
}

static void mix_text(struct hash128 *hash, const char *text)
{
    struct hash128 part = text ? hash128_of(text, strlen(text)) : (struct hash128){ 0 };
    *hash = hash128_mix(*hash, part);
}

static void set_key(struct source_settings *source, const char *const key[3])
{
    source->rules.key.v = calloc(ARRAY_LEN(((struct rules_text *)0)->key), sizeof(struct expr *));
    assert_non_null(source->rules.key.v);
    for (; source->rules.key.n < 3 && key[source->rules.key.n]; source->rules.key.n++) {
        const char *text = key[source->rules.key.n];
        source->rules.key.v[source->rules.key.n] = support_expr(text);
        mix_text(&source->rules_hash, text);
    }
}

static void set_ignore(struct source_settings *source, const char *const ignore[8])
{
    size_t n = 0;
    for (; n < 8 && ignore[n]; n++) {
        mix_text(&source->rules_hash, ignore[n]);
    }
    assert_int_equal(patterns_new(&source->rules.ignore, ignore, n, NULL), 0);
}

static void set_normalize(struct source_settings *source, const struct rules_text *rules)
{
    for (size_t i = 0; i < ARRAY_LEN(rules->normalize) && rules->normalize[i].path; i++) {
        const char *path = rules->normalize[i].path;
        const char *steps = rules->normalize[i].what;
        assert_int_equal(i == 0 ? normalize_new(&source->rules.normalize) : 0, 0);
        assert_int_equal(normalize_add(source->rules.normalize, path, steps, NULL), 0);
        mix_text(&source->rules_hash, path);
        mix_text(&source->rules_hash, steps);
    }
}

static void set_deadband(struct source_settings *source, const struct rules_text *rules)
{
    for (size_t i = 0; i < ARRAY_LEN(rules->deadband) && rules->deadband[i].path; i++) {
        const char *path = rules->deadband[i].path;
        const char *width = rules->deadband[i].what;
        assert_int_equal(i == 0 ? deadband_new(&source->rules.deadband) : 0, 0);
        assert_int_equal(deadband_add(source->rules.deadband, path, width, NULL), 0);
        mix_text(&source->rules_hash, path);
        mix_text(&source->rules_hash, width);
    }
}

static void set_guard(struct guard_settings *guard, const struct rules_text *rules)
{
    guard->error_when = rules->error_when ? support_expr(rules->error_when) : NULL;
    if (rules->require) {
        guard->require.v = calloc(1, sizeof(struct expr *));
        assert_non_null(guard->require.v);
        guard->require.v[guard->require.n++] = support_expr(rules->require);
    }
}

static void set_patience(struct change_rules *ret, const struct rules_text *rules)
{
    ret->confirm = rules->confirm;
    ret->absent_for = rules->absent_for;
    ret->remember_states = rules->remember_states;
    ret->cooldown_ms = rules->cooldown_ms;
    ret->min_event_interval_ms = rules->min_event_interval_ms;
    ret->max_events_per_poll = rules->max_events_per_poll;
}

static void set_rules(struct source_settings *source, const struct rules_text *rules)
{
    source->rules_hash = (struct hash128){ .low = rules->optional };
    source->rules.select = rules->select ? support_expr(rules->select) : NULL;
    source->rules.items = rules->items ? support_expr(rules->items) : NULL;
    mix_text(&source->rules_hash, rules->select);
    mix_text(&source->rules_hash, rules->items);
    set_key(source, rules->key);
    source->document_hash = source->rules_hash;
    set_ignore(source, rules->ignore);
    set_normalize(source, rules);
    set_deadband(source, rules);
    source->rules.when = rules->when ? support_expr(rules->when) : NULL;
    mix_text(&source->rules_hash, rules->when);
    set_patience(&source->rules, rules);
    set_guard(&source->rules.guard, rules);
    const int64_t patience[] = { rules->confirm, rules->absent_for, rules->remember_states,
                                 rules->cooldown_ms, rules->min_event_interval_ms };
    source->rules_hash = hash128_mix(source->rules_hash, hash128_of(patience, sizeof(patience)));
    source->rules.optional = rules->optional;
    source->rules.first_run = rules->first_run;
    source->rules.guard.max_removed = rules->max_removed > 0 ? rules->max_removed : 0.5;
}

static void drop_rules(struct source_settings *source)
{
    (void)expr_free(source->rules.select);
    (void)expr_free(source->rules.items);
    for (size_t i = 0; i < source->rules.key.n; i++) {
        (void)expr_free(source->rules.key.v[i]);
    }
    free(source->rules.key.v);
    (void)patterns_free(source->rules.ignore);
    (void)normalize_free(source->rules.normalize);
    (void)deadband_free(source->rules.deadband);
    (void)expr_free(source->rules.when);
    (void)expr_free(source->rules.guard.error_when);
    for (size_t i = 0; i < source->rules.guard.require.n; i++) {
        (void)expr_free(source->rules.guard.require.v[i]);
    }
    free(source->rules.guard.require.v);
    source->rules = (struct change_rules){ 0 };
}

void bench_init(struct bench *bench, const char *name, const struct rules_text *rules)
{
    *bench = (struct bench){ .now_ms = SUPPORT_NOW_MS };
    bench->source.name = strdup(name);
    bench->source.driver = &driver;
    bench->source.driver_settings = bench;
    set_rules(&bench->source, rules);
    assert_int_equal(expr_context_new(&bench->context), 0);
}

void bench_edit(struct bench *bench, const struct rules_text *rules)
{
    drop_rules(&bench->source);
    set_rules(&bench->source, rules);
}

void bench_deinit(struct bench *bench)
{
    drop_rules(&bench->source);
    free(bench->source.name);
    source_state_deinit(&bench->state);
    snapshot_deinit(&bench->stored);
    (void)expr_context_free(bench->context);
}

static int load_base(void *userdata, struct snapshot *ret)
{
    struct bench *bench = userdata;
    bench->loads++;
    if (bench->load_error) {
        return bench->load_error;
    }
    ret->rules = bench->stored.rules;
    ret->key = bench->stored.key ? strdup(bench->stored.key) : NULL;
    assert_int_equal(bytes_dup(&ret->noise, bench->stored.noise.data, bench->stored.noise.len), 0);
    if (!bench->stored.document.data) {
        return 0;
    }
    assert_int_equal(
        bytes_dup(&ret->document, bench->stored.document.data, bench->stored.document.len), 0);
    return bench->stored.raw.data
               ? bytes_dup(&ret->raw, bench->stored.raw.data, bench->stored.raw.len)
               : 0;
}

static int run_digest(struct bench *bench, const struct http_response *response, bool only_time,
                      struct digest_outcome *ret)
{
    const struct digest_input input = {
        .source = &bench->source,
        .state = &bench->state,
        .response = response,
        .context = bench->context,
        .now_ms = bench->now_ms,
        .only_time = only_time,
        .primes = bench->primes,
        .load_base = load_base,
        .userdata = bench,
    };
    return digest(&input, ret);
}

int bench_digest_bytes(struct bench *bench, const char *body, size_t len,
                       struct digest_outcome *ret)
{
    CLEANUP(http_response_deinit) struct http_response response = { .status = 200 };
    assert_int_equal(bytes_dup(&response.body, body, len), 0);
    return run_digest(bench, &response, false, ret);
}

void bench_repeat(struct bench *bench, bool only_time, struct digest_outcome *ret)
{
    assert_int_equal(run_digest(bench, NULL, only_time, ret), 0);
}

void bench_digest(struct bench *bench, const char *body, struct digest_outcome *ret)
{
    AUTO_FREE char *quoted = strdup(body);
    assert_non_null(quoted);
    for (char *c = quoted; *c != '\0'; c++) {
        *c = *c == '\'' ? '"' : *c;
    }
    assert_int_equal(bench_digest_bytes(bench, quoted, strlen(quoted), ret), 0);
}

void bench_commit(struct bench *bench, struct digest_outcome *outcome)
{
    struct source_state *state = &bench->state;
    bool accepted = outcome->result == DIGEST_BASELINE || outcome->result == DIGEST_CHANGED;
    if (accepted || outcome->result == DIGEST_UNCHANGED) {
        state->fingerprint = outcome->fingerprint;
        state->noise_due_ms = outcome->noise_due_ms;
        state->noise_counts = outcome->noise_counts;
    }
    bool has_snapshot = outcome->snapshot.document.data;
    if (!has_snapshot && outcome->events.n == 0) {
        return;
    }
    state->version++;
    if (outcome->events.n > 0) {
        const struct event *last = &outcome->events.v[outcome->events.n - 1];
        state->sequence = last->sequence;
        memcpy(state->last_event_id, last->id, sizeof(state->last_event_id));
    }
    if (has_snapshot) {
        state->has_snapshot = true;
        state->rules = bench->source.rules_hash;
        snapshot_deinit(&bench->stored);
        bench->stored = outcome->snapshot;
        outcome->snapshot = (struct snapshot){ 0 };
    }
}

void bench_accept(struct bench *bench, const char *body, enum digest_result result)
{
    AUTO_OUTCOME struct digest_outcome outcome = { 0 };
    bench_digest(bench, body, &outcome);
    if (outcome.result != result) {
        fail_msg("%s: result %d, %s", body, (int)outcome.result,
                 outcome.detail ? outcome.detail : "without words");
    }
    bench_commit(bench, &outcome);
}

void support_describe(const struct event_list *events, struct buf *ret)
{
    for (size_t i = 0; i < events->n; i++) {
        const struct event *event = &events->v[i];
        assert_int_equal(buf_printf(ret, "%s%s%s%s", i == 0 ? "" : ", ", event->type,
                                    event->key ? " " : "", event->key ? event->key : ""),
                         0);
    }
}

void assert_events(const struct digest_outcome *outcome, const char *expected)
{
    AUTO_BUF struct buf got = { 0 };
    support_describe(&outcome->events, &got);
    assert_string_equal(buf_str(&got), expected);
}

struct json_object *support_body(const struct event *event)
{
    struct json_object *body = NULL;
    assert_int_equal(json_read(&body, event->body.data, event->body.len, NULL, NULL), 0);
    return body;
}

void assert_in_body(const struct event *event, const char *path, const char *expected)
{
    AUTO_JSON struct json_object *body = support_body(event);
    AUTO_JSON struct json_object *value = NULL;
    AUTO_BUF struct buf text = { 0 };
    CLEANUP(expr_freep) struct expr *expr = support_expr(path);
    if (expr_eval(expr, NULL, body, &value, NULL) != 0) {
        fail_msg("nothing at %s in %s", path, event->body.data);
    }
    assert_int_equal(json_write(&text, value), 0);
    for (size_t i = 0; i < text.len; i++) {
        text.data[i] = (char)(text.data[i] == '"' ? '\'' : text.data[i]);
    }
    assert_string_equal(buf_str(&text), expected);
}

static int64_t hand_wall_ms(void *ctx)
{
    const struct hand_clock *hand = ctx;
    return hand->wall_ms;
}

static int64_t hand_mono_ms(void *ctx)
{
    const struct hand_clock *hand = ctx;
    return hand->mono_ms;
}

void hand_clock_init(struct hand_clock *hand)
{
    *hand = (struct hand_clock){
        .clock = { .wall_ms = hand_wall_ms, .mono_ms = hand_mono_ms, .ctx = hand },
        .wall_ms = SUPPORT_NOW_MS,
        .mono_ms = 1000000,
    };
}

void hand_clock_pass(struct hand_clock *hand, int64_t ms)
{
    hand->wall_ms += ms;
    hand->mono_ms += ms;
}
