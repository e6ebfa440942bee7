#include "bridge/poll/digest/digest.h"

#include <errno.h>
#include <string.h>

#include <json-c/json.h>

#include "bridge/base/problem.h"
#include "bridge/base/str.h"
#include "bridge/expr/expr.h"
#include "bridge/model/json.h"
#include "bridge/poll/digest/answer-guard.h"
#include "bridge/poll/digest/auto-key.h"
#include "bridge/poll/digest/base-remake.h"
#include "bridge/poll/digest/change-events.h"
#include "bridge/poll/digest/change-judge.h"
#include "bridge/poll/digest/document.h"
#include "bridge/poll/digest/event-maker.h"
#include "bridge/poll/digest/noise.h"
#include "bridge/poll/digest/pages.h"
#include "bridge/poll/digest/source-events.h"
#include "bridge/spi/settings.h"
#include "bridge/spi/source.h"

// Steps return 0 to go on, SETTLED when the outcome stands, or negative errno.
enum { SETTLED = 1 };

struct run {
    const struct digest_input *input;
    struct change_rules rules; // the source's, with the key that was found
    struct expr *auto_key;     // that one; owned
    struct digest_outcome outcome;
    struct event_maker maker;
    struct change_judge judge;
    struct json_object *pages;    // as decoded (pages.h)
    struct json_object *seen;     // as selected from them
    struct json_object *document; // normalised
    struct json_object *told;     // what was told last, as selected; then what is told now
    struct json_object *base;     // normalised
    struct snapshot stored;       // once it was asked for
    bool has_stored;
    struct noise *noise;
    bool has_base;
};

static void run_deinit(struct run *run)
{
    (void)json_object_put(run->pages);
    (void)json_object_put(run->seen);
    (void)json_object_put(run->document);
    (void)json_object_put(run->told);
    (void)json_object_put(run->base);
    snapshot_deinit(&run->stored);
    (void)noise_free(run->noise);
    (void)expr_free(run->auto_key);
    change_judge_deinit(&run->judge);
    event_maker_deinit(&run->maker);
    digest_outcome_deinit(&run->outcome);
}

void digest_outcome_deinit(struct digest_outcome *outcome)
{
    free(outcome->code);
    free(outcome->detail);
    snapshot_deinit(&outcome->snapshot);
    event_list_deinit(&outcome->events);
    bytes_deinit(&outcome->shown);
    suppression_list_deinit(&outcome->suppressed);
    *outcome = (struct digest_outcome){ 0 };
}

static int settle(struct run *run, enum digest_result result, const struct problem *why)
{
    run->outcome.result = result;
    if (why) {
        run->outcome.code = strdup(why->code);
        run->outcome.detail = strdup(why->message);
        if (!run->outcome.code || !run->outcome.detail) {
            return -ENOMEM;
        }
    }
    return SETTLED;
}

static bool rules_are_edited(const struct digest_input *input)
{
    return !hash128_eq(input->state->rules, input->source->rules_hash);
}

static int load_stored(struct run *run)
{
    int r = run->has_stored ? 0 : run->input->load_base(run->input->userdata, &run->stored);
    run->has_stored = true;
    return r;
}

// What is stored, as a tree; what cannot be used is as good as nothing, and why says so.
static int refuse_nothing(struct problem **why)
{
    return problem_set(why, DOCUMENT_E_BAD, "no_snapshot", "nothing is stored to compare with");
}

static int read_stored_answer(const struct bytes *raw, struct json_object **ret,
                              struct problem **why)
{
    return raw->data ? pages_read(raw, ret, why) : refuse_nothing(why);
}

// Mostly it is what was seen now, and then shared with it.
static int read_stored_document(const struct bytes *text, struct json_object *seen,
                                struct json_object **ret, struct problem **why)
{
    const struct json_limits limits = { .like = seen };
    return text->data ? json_read(ret, text->data, text->len, &limits, why) : refuse_nothing(why);
}

static int find_pages(struct run *run, struct problem **why)
{
    const struct digest_input *input = run->input;
    if (input->response) {
        return pages_decode(input->source, input->response,
                            input->page_count ? input->page_count : 1, &run->pages, why);
    }
    int r = load_stored(run);
    return r ? r : read_stored_answer(&run->stored.raw, &run->pages, why);
}

static int write_text(struct json_object *value, struct bytes *ret)
{
    AUTO_BUF struct buf text = { 0 };
    int r = json_write(&text, value);
    if (r == 0) {
        *ret = buf_take(&text);
    }
    return r;
}

static int find_document(struct run *run)
{
    const struct source_settings *source = run->input->source;
    CLEANUP(problem_freep) struct problem *why = NULL;
    int r = find_pages(run, &why);
    if (r == 0 && run->input->response) {
        r = answer_guard(&run->rules.guard, run->input->context, run->pages, &why);
    }
    if (r == 0) {
        r = pages_document(source, run->input->context, run->pages, &run->seen, &why);
    }
    if (r == 0) {
        r = document_normalize(&run->rules, run->seen, &run->document);
    }
    if (r == 0) {
        r = document_fingerprint(&run->rules, run->document, &run->outcome.fingerprint, &why);
    }
    if (r == 0 && run->input->shows) {
        r = write_text(run->document, &run->outcome.shown);
    }
    return r > 0 ? settle(run, DIGEST_FAILED, why) : r;
}

// The first good answer after a time of failure told to the world.
static int tell_recovery(struct run *run)
{
    const struct source_state *state = run->input->state;
    return state->failing_told && !run->input->only_time
               ? source_event_recovered(&run->maker, state)
               : 0;
}

// Is there a change that waits for nothing more than this look at it?
static bool is_awaited(const struct digest_input *input)
{
    const struct source_state *state = input->state;
    bool is_due = state->noise_due_ms != 0 && state->noise_due_ms <= input->now_ms;
    return is_due || (state->noise_counts && !input->only_time);
}

static int leave_when_unchanged(struct run *run)
{
    const struct source_state *state = run->input->state;
    run->outcome.noise_due_ms = state->noise_due_ms;
    run->outcome.noise_counts = state->noise_counts;
    if (run->input->primes) {
        return 0; // what waits to be told is dropped too
    }
    if (state->has_snapshot && !rules_are_edited(run->input) && !is_awaited(run->input) &&
        hash128_eq(state->fingerprint, run->outcome.fingerprint)) {
        run->judge.suppressed.counts[SUPPRESSED_AS_NOISE] += run->input->response ? 1 : 0;
        return settle(run, DIGEST_UNCHANGED, NULL);
    }
    return 0;
}

static int read_told(struct run *run, struct json_object **ret, struct problem **why)
{
    int r = read_stored_document(&run->stored.document, run->seen, ret, why);
    if (r == 0 && run->rules.items && !json_object_is_type(*ret, json_type_array)) {
        return problem_set(why, DOCUMENT_E_BAD, "no_snapshot", "what is stored is no list");
    }
    return r;
}

// The base is made again from the answer seen last. What of it waits to be told is left out.
static int remake_base(struct run *run, struct problem **why)
{
    AUTO_JSON struct json_object *pages = NULL;
    AUTO_JSON struct json_object *seen = NULL;
    AUTO_JSON struct json_object *told = NULL;
    bool waits =
        hash128_eq(run->stored.rules, run->input->source->document_hash) && noise_waits(run->noise);
    int r = read_stored_answer(&run->stored.raw, &pages, why);
    r = r ? r : pages_document(run->input->source, run->input->context, pages, &seen, why);
    if (r == 0 && !waits) {
        run->told = STEAL(seen);
        return 0;
    }
    r = r ? r : read_told(run, &told, why);
    return r ? r : base_remake(&run->rules, run->noise, told, seen, &run->told);
}

static void use_key(struct run *run, struct expr *take_key)
{
    run->auto_key = take_key;
    if (take_key) {
        run->rules.key = (struct expr_list){ .v = &run->auto_key, .n = 1 };
    }
}

static int use_stored_key(struct run *run)
{
    struct expr *key = NULL;
    bool fits = auto_key_is_wanted(&run->rules) &&
                hash128_eq(run->stored.rules, run->input->source->document_hash);
    int r = fits ? auto_key_read(run->stored.key, &key) : 0;
    use_key(run, key);
    return r;
}

static int say_key(struct run *run)
{
    free(run->outcome.detail);
    run->outcome.detail =
        str_printf("`key: auto` takes %s for the key of the items", expr_text(run->auto_key));
    return run->outcome.detail ? 0 : -ENOMEM;
}

// Before items are compared. Without items there is nothing to tell apart yet.
static int find_key(struct run *run)
{
    CLEANUP(problem_freep) struct problem *why = NULL;
    struct hash128 unused;
    if (auto_key_is_wanted(&run->rules)) {
        struct expr *key = NULL;
        int r = auto_key_find(run->base, run->document, &key);
        use_key(run, key);
        if (r < 0 || key) {
            return r < 0 ? r : say_key(run);
        }
        bool any = json_object_array_length(run->document) > 0;
        r = any ? problem_set(
                      &why, DOCUMENT_E_BAD, "key_unknown",
                      "no member that `key: auto` looks for tells the items apart; name one, "
                      "or several, with `key`")
                : 0;
        return any ? settle(run, DIGEST_FAILED, why) : r;
    }
    if (!run->auto_key) {
        return 0; // a key of the rules was checked with the fingerprint
    }
    int r = document_fingerprint(&run->rules, run->document, &unused, &why);
    return r > 0 ? settle(run, DIGEST_FAILED, why) : r;
}

static int read_base(struct run *run, struct problem **why)
{
    struct hash128 unused; // its making checks the keys
    int r = noise_read(&run->noise, &run->stored.noise);
    if (r < 0 || !rules_are_edited(run->input)) {
        r = r ? r : read_told(run, &run->told, why);
        return r ? r : document_normalize(&run->rules, run->told, &run->base);
    }
    r = remake_base(run, why);
    noise_forget(run->noise, !hash128_eq(run->stored.rules, run->input->source->document_hash));
    r = r ? r : document_normalize(&run->rules, run->told, &run->base);
    return r ? r : document_fingerprint(&run->rules, run->base, &unused, why);
}

static int load_base(struct run *run)
{
    CLEANUP(problem_freep) struct problem *why = NULL;
    int r = 0;
    if (run->input->state->has_snapshot && !run->input->primes) {
        r = load_stored(run);
        r = r ? r : use_stored_key(run);
        r = r ? r : read_base(run, &why);
        run->has_base = r == 0;
    }
    if (r >= 0 && !run->has_base) { // nothing is told, so nothing waits
        run->noise = noise_free(run->noise);
        int made = noise_new(&run->noise);
        r = made ? made : r;
    }
    run->judge.patience.noise = run->noise;
    if (r <= 0) {
        return r;
    }
    run->outcome.detail = strdup(why->message);
    return run->outcome.detail ? 0 : -ENOMEM;
}

// Is a document told for which there is no base? Only the very first one of a source.
static bool tells_first(const struct run *run)
{
    return !run->input->state->has_snapshot && run->rules.first_run != FIRST_RUN_BASELINE;
}

static bool tells_items(const struct run *run)
{
    return run->rules.items && (run->has_base || run->rules.first_run == FIRST_RUN_ITEMS);
}

static int add_events(struct run *run, struct json_object **ret_told)
{
    const struct change_pair pair = {
        .rules = &run->rules,
        .told = run->told,
        .before = run->base,
        .seen = run->seen,
        .after = run->document,
        .has_before = run->has_base,
        .believes = run->input->believes,
    };
    if (run->input->primes || (!run->has_base && !tells_first(run))) {
        *ret_told = json_object_get(run->seen);
        return 0;
    }
    if (!tells_items(run)) {
        return change_events_document(&pair, &run->judge, &run->maker, ret_told);
    }
    CLEANUP(problem_freep) struct problem *why = NULL;
    int r = change_events_items(&pair, &run->judge, &run->maker, ret_told, &why);
    return r == CHANGE_E_HELD ? settle(run, DIGEST_HELD, why) : r;
}

static int write_snapshot(struct run *run, struct bytes *take_noise)
{
    struct snapshot *snapshot = &run->outcome.snapshot;
    snapshot->rules = run->input->source->document_hash;
    int r = write_text(run->told, &snapshot->document);
    if (r < 0) {
        return r;
    }
    if (run->auto_key) {
        snapshot->key = strdup(expr_text(run->auto_key));
        if (!snapshot->key) {
            return -ENOMEM;
        }
    }
    snapshot->noise = *take_noise;
    *take_noise = (struct bytes){ 0 };
    bool is_whole = run->told && json_object_array_get_idx(run->pages, 0) == run->told;
    return is_whole ? bytes_dup(&snapshot->raw, snapshot->document.data, snapshot->document.len)
                    : pages_write(run->input->source, run->pages, &snapshot->raw);
}

// After the last change was judged.
static int end_noise(struct run *run, bool tells, struct bytes *ret)
{
    if (tells && run->rules.cooldown_ms > 0) {
        noise_tell(run->noise, run->input->now_ms);
    }
    noise_settle(run->noise);
    run->outcome.noise_due_ms = run->judge.patience.due_ms;
    run->outcome.noise_counts = run->judge.patience.counts;
    return noise_write(run->noise, run->input->now_ms, run->rules.min_event_interval_ms, ret);
}

// While something waits the stored answer has to be the one seen last.
static bool noise_moved(const struct run *run, const struct bytes *noise)
{
    const struct source_state *state = run->input->state;
    const struct bytes *before = &run->stored.noise;
    bool same_text = noise->len == before->len &&
                     (noise->len == 0 || memcmp(noise->data, before->data, noise->len) == 0);
    bool same_answer = hash128_eq(state->fingerprint, run->outcome.fingerprint);
    return !same_text || state->noise_due_ms != run->outcome.noise_due_ms ||
           state->noise_counts != run->outcome.noise_counts ||
           (noise_waits(run->noise) && !same_answer);
}

static int compare(struct run *run)
{
    int r = load_base(run);
    size_t before = run->maker.list.n;
    struct json_object *told = NULL;
    if (r == 0) {
        r = find_key(run);
    }
    if (r == 0) {
        r = add_events(run, &told);
    }
    (void)json_object_put(run->told);
    run->told = told;
    bool tells = run->maker.list.n > before;
    AUTO_BYTES struct bytes noise = { 0 };
    r = r ? r : end_noise(run, tells, &noise);
    if (r != 0) {
        return r;
    }
    bool quiet = run->has_base && !tells && !rules_are_edited(run->input);
    if (!quiet || noise_moved(run, &noise)) {
        r = write_snapshot(run, &noise);
    }
    if (r != 0 || quiet) {
        return r ? r : settle(run, DIGEST_UNCHANGED, NULL); // all that moved is suppressed
    }
    return settle(run, run->has_base && tells ? DIGEST_CHANGED : DIGEST_BASELINE, NULL);
}

// For people only: without memory they miss it.
static void note_hold(struct run *run)
{
    struct suppression hold = {
        .rule = SUPPRESSED_BY_GUARD,
        .reason = strdup(run->outcome.detail),
        .at_ms = run->input->now_ms,
    };
    if (!hold.reason || suppression_list_add(&run->outcome.suppressed, &hold) != 0) {
        run->outcome.suppressed.n = 0;
    }
}

// A held or failed answer is no recovery: its events, if any were begun, are dropped.
static void finish(struct run *run, struct digest_outcome *ret)
{
    if (run->outcome.result == DIGEST_HELD) {
        note_hold(run);
    } else if (run->outcome.result != DIGEST_FAILED) {
        run->outcome.events = event_maker_take(&run->maker);
        run->outcome.suppressed = run->judge.suppressed;
        run->judge.suppressed = (struct suppression_list){ 0 };
    }
    *ret = run->outcome;
    run->outcome = (struct digest_outcome){ 0 };
}

int digest(const struct digest_input *input, struct digest_outcome *ret)
{
    CLEANUP(run_deinit) struct run run = { .input = input, .rules = input->source->rules };
    run.judge = (struct change_judge){
        .rules = &run.rules,
        .context = input->context,
        .now_ms = input->now_ms,
        .patience = { .rules = &run.rules,
                      .now_ms = input->now_ms,
                      .is_sighting = !input->only_time },
    };
    event_maker_init(&run.maker, input->source->name, input->instance, input->state, input->now_ms);
    int r = find_document(&run);
    if (r == 0) {
        r = tell_recovery(&run);
    }
    if (r == 0) {
        r = leave_when_unchanged(&run);
    }
    if (r == 0) {
        r = compare(&run);
    }
    if (r == SETTLED) {
        finish(&run, ret);
        return 0;
    }
    return r;
}
