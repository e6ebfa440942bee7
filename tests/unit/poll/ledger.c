#include "tests/unit/poll/ledger.h"

#include <string.h>

#include <json-c/json.h>

#include "bridge/expr/expr.h"
#include "bridge/model/json.h"
#include "bridge/poll/digest/document.h"

void ledger_deinit(struct ledger *ledger)
{
    (void)json_object_put(ledger->document);
    (void)json_object_put(ledger->items);
    *ledger = (struct ledger){ 0 };
}

void ledger_restart(struct ledger *ledger)
{
    ledger_deinit(ledger);
}

static char *key_of(const struct bench *bench, struct json_object *item)
{
    AUTO_BUF struct buf key = { 0 };
    CLEANUP(expr_freep)
    struct expr *found = bench->found_key ? support_expr(bench->found_key) : NULL;
    const struct expr_list one = { .v = &found, .n = 1 };
    const struct expr_list *paths = found ? &one : &bench->source.rules.key;
    for (size_t i = 0; i < paths->n; i++) {
        AUTO_JSON struct json_object *part = NULL;
        assert_int_equal(expr_eval(paths->v[i], NULL, item, &part, NULL), 0);
        assert_int_equal(buf_append_char(&key, i == 0 ? '[' : ','), 0);
        assert_int_equal(json_write_canonical(&key, part), 0);
    }
    if (paths->n > 1) {
        assert_int_equal(buf_append_char(&key, ']'), 0);
    }
    char *text = strdup(paths->n > 1 ? key.data : key.data + 1);
    assert_non_null(text);
    return text;
}

// The stored document as it is told: normalised.
static struct json_object *stored(const struct bench *bench, const struct bytes *document)
{
    AUTO_JSON struct json_object *selected = NULL;
    struct json_object *normal = NULL;
    assert_int_equal(json_read(&selected, document->data, document->len, NULL, NULL), 0);
    assert_int_equal(document_normalize(&bench->source.rules, selected, &normal), 0);
    return normal;
}

static struct json_object *by_key(const struct bench *bench, struct json_object *list)
{
    struct json_object *items = json_object_new_object();
    for (size_t i = 0; i < json_object_array_length(list); i++) {
        struct json_object *item = json_object_array_get_idx(list, i);
        AUTO_FREE char *key = key_of(bench, item);
        assert_int_equal(json_object_object_add(items, key, json_object_get(item)), 0);
    }
    return items;
}

static void begin(struct ledger *ledger, const struct bench *bench, struct json_object *known)
{
    if (bench->source.rules.items) {
        ledger->items = by_key(bench, known);
    } else {
        ledger->document = json_object_get(known);
    }
    ledger->begun = true;
}

static void take_item(struct ledger *ledger, const char *type, struct json_object *data)
{
    AUTO_BUF struct buf key = { 0 };
    struct json_object *known = NULL;
    struct json_object *after = json_object_object_get(data, "after");
    assert_int_equal(json_write_canonical(&key, json_object_object_get(data, "key")), 0);
    bool is_known = json_object_object_get_ex(ledger->items, key.data, &known);
    bool created = strcmp(type, EVENT_ITEM_CREATED) == 0;
    assert_int_equal(is_known, !created);
    assert_true(json_equal(known, json_object_object_get(data, "before")));
    if (strcmp(type, EVENT_ITEM_DELETED) == 0) {
        json_object_object_del(ledger->items, key.data);
    } else {
        assert_int_equal(json_object_object_add(ledger->items, key.data, json_object_get(after)),
                         0);
    }
}

static void take_batch(struct ledger *ledger, struct json_object *data)
{
    struct json_object *list = json_object_object_get(data, "events");
    for (size_t i = 0; i < json_object_array_length(list); i++) {
        struct json_object *one = json_object_array_get_idx(list, i);
        take_item(ledger, json_object_get_string(json_object_object_get(one, "type")), one);
    }
}

static void take_event(struct ledger *ledger, const struct event *event)
{
    AUTO_JSON struct json_object *body = support_body(event);
    struct json_object *data = json_object_object_get(body, "data");
    struct json_object *before = json_object_object_get(data, "before");
    struct json_object *after = json_object_object_get(data, "after");
    if (strncmp(event->type, "item.", 5) == 0) {
        take_item(ledger, event->type, data);
    } else if (strcmp(event->type, EVENT_BATCH) == 0) {
        take_batch(ledger, data);
    } else if (strcmp(event->type, EVENT_DOCUMENT_CHANGED) == 0) {
        assert_true(json_equal(ledger->document, before));
        (void)json_object_put(ledger->document);
        ledger->document = json_object_get(after);
    }
}

static void check(const struct ledger *ledger, const struct bench *bench, const struct bytes *text)
{
    AUTO_JSON struct json_object *known = stored(bench, text);
    AUTO_JSON struct json_object *items = bench->source.rules.items ? by_key(bench, known) : NULL;
    assert_true(items ? json_equal(ledger->items, items) : json_equal(ledger->document, known));
}

void ledger_check(const struct ledger *ledger, const struct bench *bench)
{
    assert_true(ledger->begun);
    check(ledger, bench, &bench->stored.document);
}

void ledger_take(struct ledger *ledger, const struct bench *bench,
                 const struct digest_outcome *outcome)
{
    const struct bytes *next = &outcome->snapshot.document;
    if (!ledger->begun && next->data) {
        AUTO_JSON struct json_object *known = stored(bench, next);
        begin(ledger, bench, known);
        return;
    }
    if (!ledger->begun) {
        return;
    }
    for (size_t i = 0; i < outcome->events.n; i++) {
        take_event(ledger, &outcome->events.v[i]);
    }
    if (ledger->takes++ % (ledger->spared + 1) == 0) {
        check(ledger, bench, next->data ? next : &bench->stored.document);
    }
}
