// Recorded answers of real APIs under rules against noise. After every poll what a subscriber knows
// and what the API says differ in exactly the items (or the document) that the poll says it
// suppressed; and once the API stands still, only where the rule wants it so for good.
//
// What the API says is found by a twin of the source without the rules: it is told every change.

#include <math.h>
#include <string.h>

#include <json-c/json.h>

#include "bridge/diff/fingerprint.h"
#include "bridge/expr/expr.h"
#include "bridge/model/json.h"
#include "tests/property/corpus.h"
#include "tests/property/recording.h"
#include "tests/unit/poll/ledger.h"

#define MINUTE_MS ((int64_t)60000)
#define STEP_MS   (5 * MINUTE_MS)

struct noise_case {
    const char *name;
    const char *series;
    struct rules_text rules;
    enum suppression_rule rule; // it has to have been needed
    const char *number;         // of a deadband: where,
    double width;               // and how wide
};

static const struct noise_case cases[] = {
    { .name = "normalize: a temperature in whole degrees",
      .series = "owm-current-amsterdam",
      .rules = { .select = ".main",
                 .normalize = { { ".temp", "round(0)" },
                                { ".feels_like", "round(0)" },
                                { ".temp_min", "round(0)" },
                                { ".temp_max", "round(0)" } } },
      .rule = SUPPRESSED_AS_NOISE },
    { .name = "deadband: a price within 100",
      .series = "coindesk-btc",
      .rules = { .select = ".bpi.USD",
                 .ignore = { ".rate" },
                 .deadband = { { ".rate_float", "100" } } },
      .rule = SUPPRESSED_BY_DEADBAND,
      .number = "rate_float",
      .width = 100 },
    { .name = "when: earthquakes from magnitude 2",
      .series = "usgs-all-hour",
      .rules = { .items = ".features[]",
                 .key = { ".properties.url" },
                 .max_removed = 1,
                 .when = "(.after // .before).properties.mag >= 2" },
      .rule = SUPPRESSED_BY_WHEN },
    { .name = "confirm: bicycles that stay for three polls",
      .series = "oslobysykkel-station-status",
      .rules = { .items = ".data.stations[]",
                 .key = { ".station_id" },
                 .ignore = { ".last_reported" },
                 .max_removed = 1,
                 .confirm = 3 },
      .rule = SUPPRESSED_BY_CONFIRM },
    { .name = "cooldown: a station once in half an hour",
      .series = "oslobysykkel-station-status",
      .rules = { .items = ".data.stations[]",
                 .key = { ".station_id" },
                 .ignore = { ".last_reported" },
                 .max_removed = 1,
                 .cooldown_ms = 30 * MINUTE_MS },
      .rule = SUPPRESSED_BY_COOLDOWN },
    { .name = "remember_states: numbers of bicycles that come back",
      .series = "oslobysykkel-station-status",
      .rules = { .items = ".data.stations[]",
                 .key = { ".station_id" },
                 .ignore = { ".last_reported" },
                 .max_removed = 1,
                 .remember_states = 3 },
      .rule = SUPPRESSED_BY_REMEMBER_STATES },
    { .name = "absent_for: outages that are gone for three polls",
      .series = "pge-outages-calm",
      .rules = { .items = ".[]",
                 .key = { ".F_OUTAGE_ID" },
                 .ignore = { ".LAST_UPDATE", ".LAST_UPDATE_TEXT" },
                 .max_removed = 1,
                 .absent_for = 3 },
      .rule = SUPPRESSED_BY_ABSENT_FOR },
};

// A source with its rules, and its twin.
struct pair {
    struct bench ours;
    struct bench twin;
    struct ledger told;
    struct ledger said;
    uint64_t suppressed[SUPPRESSION_RULES]; // in all polls
    uint64_t explained;                     // changes that wait, or are not to be told
};

static void pair_init(struct pair *pair, const struct noise_case *one)
{
    struct rules_text plain = one->rules;
    memset(plain.deadband, 0, sizeof(plain.deadband));
    plain.when = NULL;
    plain.confirm = plain.absent_for = plain.remember_states = plain.cooldown_ms = 0;
    *pair = (struct pair){ .told.spared = 20, .said.spared = 20 };
    bench_init(&pair->ours, "ours", &one->rules);
    bench_init(&pair->twin, "twin", &plain);
}

static void pair_deinit(struct pair *pair)
{
    ledger_deinit(&pair->told);
    ledger_deinit(&pair->said);
    bench_deinit(&pair->ours);
    bench_deinit(&pair->twin);
}

static bool differs(const struct pair *pair, struct json_object *a, struct json_object *b)
{
    return !diff_equal(a, b, pair->ours.source.rules.ignore);
}

// Items of `from` that are not the same in `other`; `gone` counts those alone that it has not.
static size_t count_items(const struct pair *pair, struct json_object *from,
                          struct json_object *other, bool gone)
{
    size_t n = 0;
    json_object_object_foreach(from, key, item)
    {
        struct json_object *its = NULL;
        bool there = json_object_object_get_ex(other, key, &its);
        n += !there || (!gone && differs(pair, item, its));
    }
    return n;
}

static size_t untold(const struct pair *pair)
{
    if (!pair->told.items) {
        return differs(pair, pair->told.document, pair->said.document);
    }
    return count_items(pair, pair->said.items, pair->told.items, false) +
           count_items(pair, pair->told.items, pair->said.items, true);
}

static uint64_t suppressed_by(struct pair *pair, const struct digest_outcome *outcome)
{
    uint64_t sum = 0;
    for (int rule = 0; rule < SUPPRESSION_RULES; rule++) {
        uint64_t n = outcome->suppressed.counts[rule];
        pair->suppressed[rule] += n;
        sum += rule == SUPPRESSED_AS_NOISE ? 0 : n;
    }
    return sum;
}

// What is as it was at the last look, and waits for nothing, is not looked at again.
static bool was_looked_at(const struct pair *pair, const struct digest_outcome *outcome)
{
    const struct source_state *before = &pair->ours.state;
    bool is_due = before->noise_due_ms != 0 && before->noise_due_ms <= pair->ours.now_ms;
    return is_due || before->noise_counts || !hash128_eq(before->fingerprint, outcome->fingerprint);
}

static void commit(struct bench *bench, struct ledger *ledger, struct digest_outcome *outcome)
{
    ledger_take(ledger, bench, outcome);
    bench_commit(bench, outcome);
}

static void poll(struct pair *pair, const struct recording *recording, size_t version)
{
    AUTO_OUTCOME struct digest_outcome ours = { 0 };
    AUTO_OUTCOME struct digest_outcome twin = { 0 };
    CLEANUP(bytes_deinit) struct bytes body = recording_read(recording, version);
    const char *text = body.data ? body.data : "";
    assert_int_equal(bench_digest_bytes(&pair->ours, text, body.len, &ours), 0);
    assert_int_equal(bench_digest_bytes(&pair->twin, text, body.len, &twin), 0);
    assert_int_equal(ours.result == DIGEST_FAILED, twin.result == DIGEST_FAILED);
    uint64_t suppressed = suppressed_by(pair, &ours);
    bool failed = ours.result == DIGEST_FAILED;
    pair->explained = !failed && was_looked_at(pair, &ours) ? suppressed : pair->explained;
    commit(&pair->ours, &pair->told, &ours);
    commit(&pair->twin, &pair->said, &twin);
    if (!failed && pair->explained != untold(pair)) {
        fail_msg("version %zu: %zu changes are not told, %zu are explained", version, untold(pair),
                 (size_t)pair->explained);
    }
}

// The same answer, until nothing waits.
static void stand_still(struct pair *pair)
{
    for (int i = 0; i < 20; i++) {
        AUTO_OUTCOME struct digest_outcome again = { 0 };
        pair->ours.now_ms += 10 * MINUTE_MS;
        bench_repeat(&pair->ours, false, &again);
        commit(&pair->ours, &pair->told, &again);
    }
    assert_int_equal(pair->ours.state.noise_due_ms, 0);
    assert_false(pair->ours.state.noise_counts);
    ledger_check(&pair->told, &pair->ours);
}

static void check_deadband(const struct pair *pair, const struct noise_case *one)
{
    double told = json_object_get_double(json_object_object_get(pair->told.document, one->number));
    double said = json_object_get_double(json_object_object_get(pair->said.document, one->number));
    assert_true(fabs(told - said) <= one->width);
}

// The twin rounds too: against the answer as it came.
static void check_rounding(const struct pair *pair, const struct recording *recording)
{
    CLEANUP(bytes_deinit) struct bytes body = recording_read(recording, recording->n);
    AUTO_JSON struct json_object *answer = NULL;
    assert_int_equal(json_read(&answer, body.data, body.len, NULL, NULL), 0);
    json_object_object_foreach(json_object_object_get(answer, "main"), name, value)
    {
        double said = json_object_get_double(value);
        double told = json_object_get_double(json_object_object_get(pair->told.document, name));
        assert_true(fabs(told - said) <= 0.5 && told == round(told));
    }
}

static void check_when(const struct pair *pair)
{
    CLEANUP(expr_freep) struct expr *mag = support_expr(".properties.mag");
    json_object_object_foreach(pair->said.items, key, item)
    {
        AUTO_JSON struct json_object *size = NULL;
        struct json_object *told = NULL;
        assert_int_equal(expr_eval(mag, NULL, item, &size, NULL), 0);
        bool is_told =
            json_object_object_get_ex(pair->told.items, key, &told) && !differs(pair, told, item);
        assert_true(is_told || json_object_get_double(size) < 2);
    }
}

static void check_end(const struct pair *pair, const struct noise_case *one,
                      const struct recording *recording)
{
    if (one->rules.when) {
        check_when(pair);
    } else if (one->number) {
        check_deadband(pair, one);
    } else {
        assert_int_equal(untold(pair), 0);
    }
    if (one->rules.normalize[0].path) {
        check_rounding(pair, recording);
    }
}

static void what_is_not_told_is_explained(void **state)
{
    const struct noise_case *one = *state;
    CLEANUP(recording_close) struct recording recording;
    CLEANUP(pair_deinit) struct pair pair;
    recording_open(&recording, corpus_folder(), series_find(one->series));
    pair_init(&pair, one);
    for (size_t version = 1; version <= recording.n; version++) {
        pair.ours.now_ms += STEP_MS;
        pair.twin.now_ms = pair.ours.now_ms;
        poll(&pair, &recording, version);
    }
    assert_true(pair.suppressed[one->rule] > 0);
    stand_still(&pair);
    check_end(&pair, one, &recording);
    print_message("| %s | %s | %zu | %zu |\n", one->name, one->series, recording.n,
                  (size_t)pair.suppressed[one->rule]);
}

int main(void)
{
    if (corpus_folder() == NULL) {
        return EXIT_SKIPPED;
    }
    struct CMUnitTest tests[ARRAY_LEN(cases)] = { { 0 } };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        tests[i] = (struct CMUnitTest){
            .name = cases[i].name,
            .test_func = what_is_not_told_is_explained,
            .initial_state = (void *)(uintptr_t)&cases[i],
        };
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
