#include "bridge/cli/comparison.h"

#include <errno.h>
#include <string.h>

#include <json-c/json.h>

#include "bridge/base/problem.h"
#include "bridge/cli/rehearsal.h"
#include "bridge/expr/expr.h"
#include "bridge/model/http.h"
#include "bridge/model/json.h"
#include "bridge/poll/digest/auto-key.h"
#include "bridge/poll/digest/digest.h"
#include "bridge/poll/digest/document.h"
#include "bridge/spi/settings.h"
#include "bridge/spi/source.h"

// The file as the answer of a server that sends JSON and says nothing else.
static struct http_response response_of(const struct comparison_side *side)
{
    return (struct http_response){ .status = 200, .body = side->raw };
}

static int name_file(const struct comparison_side *side, const struct problem *why,
                     struct problem **reterr)
{
    return problem_set_at(reterr, COMPARISON_E_BAD, why->code, side->file, why->line, why->column,
                          "%s", why->message);
}

static int decode_side(const struct comparison *comparison, struct comparison_side *side,
                       struct json_object **ret, struct problem **reterr)
{
    const struct source_settings *source = comparison->source;
    const struct http_response response = response_of(side);

    return source ? source->driver->decode(source->driver_settings, &response, ret, reterr)
                  : json_read(ret, side->raw.data, side->raw.len, NULL, reterr);
}

static int select_side(const struct comparison *comparison, struct comparison_side *side,
                       struct expr_context *context, struct problem **reterr)
{
    CLEANUP(problem_freep) struct problem *why = NULL;
    AUTO_JSON struct json_object *answer = NULL;
    AUTO_JSON struct json_object *selected = NULL;
    int r = decode_side(comparison, side, &answer, &why);

    if (r == 0 && comparison->source) {
        r = document_select(&comparison->source->rules, context, answer, &selected, &why);
        r = r ? r : document_normalize(&comparison->source->rules, selected, &side->document);
    } else if (r == 0) {
        side->document = STEAL(answer);
    }
    return r > 0 ? name_file(side, why, reterr) : r;
}

static int fingerprint_side(const struct comparison *comparison, const struct comparison_side *side,
                            struct hash128 *ret, struct problem **reterr)
{
    CLEANUP(problem_freep) struct problem *why = NULL;

    if (!comparison->source) {
        *ret = json_fingerprint(side->document);
        return 0;
    }
    int r = document_fingerprint(&comparison->rules, side->document, ret, &why);
    return r > 0 ? name_file(side, why, reterr) : r;
}

static int find_key(struct comparison *comparison)
{
    if (!comparison->source) {
        return 0;
    }
    comparison->rules = comparison->source->rules;
    if (!auto_key_is_wanted(&comparison->rules)) {
        return 0;
    }
    int r =
        auto_key_find(comparison->old.document, comparison->new.document, &comparison->auto_key);
    if (comparison->auto_key) {
        comparison->rules.key = (struct expr_list){ &comparison->auto_key, 1 };
    }
    return r;
}

static int load_documents(struct comparison *comparison, struct problem **reterr)
{
    CLEANUP(expr_context_freep) struct expr_context *context = NULL;
    struct hash128 old;
    struct hash128 new;
    int r = expr_context_new(&context);

    r = r ? r : select_side(comparison, &comparison->old, context, reterr);
    r = r ? r : select_side(comparison, &comparison->new, context, reterr);
    r = r ? r : find_key(comparison);
    r = r ? r : fingerprint_side(comparison, &comparison->old, &old, reterr);
    r = r ? r : fingerprint_side(comparison, &comparison->new, &new, reterr);
    if (r == 0) {
        comparison->equal = hash128_eq(old, new);
    }
    return r;
}

static bool same_bytes(const struct comparison *comparison)
{
    const struct bytes *old = &comparison->old.raw;
    const struct bytes *new = &comparison->new.raw;

    return old->len == new->len && (old->len == 0 || memcmp(old->data, new->data, old->len) == 0);
}

int comparison_load(struct comparison *ret, const struct source_settings *source,
                    const char *old_file, const char *new_file, bool allow_text,
                    struct problem **reterr)
{
    CLEANUP(comparison_deinit)
    struct comparison comparison = { .source = source, .old.file = old_file, .new.file = new_file };
    CLEANUP(problem_freep) struct problem *why = NULL;
    int r = rehearsal_read_file(old_file, &comparison.old.raw, reterr);

    r = r ? r : rehearsal_read_file(new_file, &comparison.new.raw, reterr);
    if (r) {
        return r;
    }
    r = load_documents(&comparison, &why);
    if (r > 0 && allow_text && !source) {
        comparison.is_text = true;
        comparison.equal = same_bytes(&comparison);
        r = 0;
    }
    if (r == 0) {
        *ret = comparison;
        comparison = (struct comparison){ 0 };
    } else if (reterr) {
        *reterr = STEAL(why);
    }
    return r;
}

void comparison_deinit(struct comparison *comparison)
{
    bytes_deinit(&comparison->old.raw);
    bytes_deinit(&comparison->new.raw);
    (void)json_object_put(comparison->old.document);
    (void)json_object_put(comparison->new.document);
    (void)expr_free(comparison->auto_key);
    *comparison = (struct comparison){ 0 };
}

// ---- events ----

static int tell_why(const struct digest_outcome *outcome, const struct comparison_side *side,
                    struct problem **why)
{
    if (outcome->result != DIGEST_HELD && outcome->result != DIGEST_FAILED) {
        return 0;
    }
    return problem_set_at(why, 0, outcome->code ? outcome->code : "", side->file, 0, 0, "%s: %s",
                          outcome->result == DIGEST_HELD ? "would be held" : "is no good answer",
                          outcome->detail ? outcome->detail : outcome->code);
}

int comparison_events(const struct comparison *comparison, struct event_list *ret,
                      struct problem **why)
{
    CLEANUP(rehearsal_deinit) struct rehearsal rehearsal;
    CLEANUP(digest_outcome_deinit) struct digest_outcome first = { 0 };
    CLEANUP(digest_outcome_deinit) struct digest_outcome second = { 0 };
    int r = rehearsal_init(&rehearsal, comparison->source);

    r = r ? r : rehearsal_feed(&rehearsal, &comparison->old.raw, &first);
    r = r ? r : tell_why(&first, &comparison->old, why);
    if (r || *why) {
        return r;
    }
    r = rehearsal_feed(&rehearsal, &comparison->new.raw, &second);
    r = r ? r : tell_why(&second, &comparison->new, why);
    if (r == 0 && !*why) {
        *ret = second.events;
        second.events = (struct event_list){ 0 };
    }
    return r;
}
