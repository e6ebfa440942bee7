// Rules between the options of a webhook, and what its tables say.

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/base/problem.h"
#include "bridge/base/str.h"
#include "bridge/expr/expr.h"
#include "sinks/ndjson.h"
#include "sinks/signature.h"
#include "tests/unit/sinks/support.h"

#define SECRET_WEAK  "whsec_QUJDREVGR0hJSktMTU5PUA==" // 16 bytes
#define SECRET_SHORT "whsec_QUJDREVGR0hJSktMTU5P"     // 15 bytes

struct rule {
    int signature;
    const char *secrets[SIGNATURE_SECRETS_MAX];
    int format;
    const char *body;
    const char *header; // a field's name
    const char *content_type;
    const char *code; // of the problem; NULL: none
    const char *key;
    const char *signer;
    const char *data; // a form
};

static void check_rule(size_t i, const struct rule *rule)
{
    struct problem CLEANUP(problem_freep) *why = NULL;
    struct sink_webhook_settings AUTO_WEBHOOK webhook = support_webhook();
    const char *key = NULL;
    secret_deinit(&webhook.keys.secrets[0]);
    for (size_t k = 0; k < SIGNATURE_SECRETS_MAX; k++) {
        if (rule->secrets[k]) {
            support_set_secret(&webhook, k, rule->secrets[k]);
        }
    }
    if (rule->signer) {
        assert_int_equal(secret_init(&webhook.keys.signers[0], rule->signer, strlen(rule->signer)),
                         0);
    }
    if (rule->data) {
        assert_int_equal(string_list_add(&webhook.data, rule->data), 0);
    }
    webhook.signature = rule->signature;
    webhook.format = rule->format;
    webhook.body = rule->body ? support_expr(rule->body) : NULL;
    if (rule->header) {
        support_add_header(&webhook, rule->header, "value");
    }
    if (rule->content_type) {
        free(webhook.content_type);
        webhook.content_type = strdup(rule->content_type);
    }
    int r = sink_webhook.check(&webhook, &key, &why);
    if (r != (rule->code ? -EINVAL : 0) || !str_eq(why ? why->code : NULL, rule->code)) {
        fail_msg("rule %zu: %d, %s", i, r, why ? why->message : "no words");
    }
    if (rule->key) {
        assert_string_equal(key, rule->key);
    }
    for (size_t k = 0; why && k < SIGNATURE_SECRETS_MAX; k++) {
        assert_true(!rule->secrets[k] || !strstr(why->message, rule->secrets[k]));
    }
}

static void check_rules(const struct rule *rules, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        check_rule(i, &rules[i]);
    }
}

static void secrets_must_fit_the_signature(void **state)
{
    (void)state;
    static const struct rule rules[] = {
        { .secrets = { SECRET_STANDARD } },
        { .secrets = { SECRET_STANDARD, SECRET_OTHER, SECRET_STANDARD } },
        { .secrets = { SECRET_STANDARD, SECRET_WEAK } }, // on its way out
        { .secrets = { SECRET_WEAK }, .code = "warning_weak_secret", .key = "secret" },
        { .secrets = { SECRET_SHORT }, .code = "short_secret", .key = "secret" },
        { .secrets = { "plain text is for others" }, .code = "bad_secret", .key = "secret" },
        { .secrets = { SECRET_WEAK, "broken" }, .code = "bad_secret", .key = "previous_secret" },
        { .secrets = { SECRET_STANDARD, NULL, SECRET_SHORT },
          .code = "short_secret",
          .key = "oldest_secret" },
        { .code = "missing_key", .key = "secret" },
        { .secrets = { NULL, SECRET_OTHER }, .code = "missing_key", .key = "secret" },
        { .signature = SIGNATURE_GITHUB, .secrets = { "plain text is for others" } },
        { .signature = SIGNATURE_GITHUB,
          .secrets = { SECRET_STANDARD, SECRET_OTHER },
          .code = "conflict",
          .key = "previous_secret" },
        { .signature = SIGNATURE_SLACK,
          .secrets = { SECRET_STANDARD, NULL, SECRET_OTHER },
          .code = "conflict",
          .key = "oldest_secret" },
        { .signature = SIGNATURE_STRIPE, .secrets = { SECRET_STANDARD, SECRET_OTHER } },
        { .signature = SIGNATURE_NONE },
        { .signature = SIGNATURE_NONE,
          .secrets = { SECRET_STANDARD },
          .code = "conflict",
          .key = "secret" },
        { .signature = SIGNATURE_NONE, .secrets = { NULL, SECRET_STANDARD }, .code = "conflict" },
    };
    check_rules(rules, ARRAY_LEN(rules));
}

static void formats_and_bodies_must_agree(void **state)
{
    (void)state;
    static const struct rule rules[] = {
        { .secrets = { SECRET_STANDARD }, .body = ".data" },
        { .secrets = { SECRET_STANDARD }, .format = SINK_WEBHOOK_RAW },
        { .secrets = { SECRET_STANDARD }, .format = SINK_WEBHOOK_TEMPLATE, .body = ".data" },
        { .secrets = { SECRET_STANDARD },
          .format = SINK_WEBHOOK_TEMPLATE,
          .code = "missing_key",
          .key = "format" },
        { .secrets = { SECRET_STANDARD },
          .format = SINK_WEBHOOK_RAW,
          .body = ".data",
          .code = "conflict",
          .key = "format" },
    };
    check_rules(rules, ARRAY_LEN(rules));
}

static void fields_that_are_ours_cannot_be_configured(void **state)
{
    (void)state;
    static const char *const refused[] = {
        "webhook-id",       "Webhook-Timestamp",  "webhook-signature",
        "webhook-attempt",  "webhook-event-type", "X-Hub-Signature-256",
        "Stripe-Signature", "X-Slack-Signature",  "X-Slack-Request-Timestamp",
        "Content-Type",     "Content-Length",     "Transfer-Encoding",
        "Connection",
    };
    static const char *const allowed[] = { "X-GitHub-Event", "Authorization", "traceparent",
                                           "user-agent", "webhook-group" };
    for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
        check_rule(i, &(struct rule){ .secrets = { SECRET_STANDARD },
                                      .header = refused[i],
                                      .code = "refused_header",
                                      .key = "headers" });
    }
    for (size_t i = 0; i < ARRAY_LEN(allowed); i++) {
        check_rule(i, &(struct rule){ .secrets = { SECRET_STANDARD }, .header = allowed[i] });
    }
}

static void a_content_type_is_one_line_of_text(void **state)
{
    (void)state;
    static const char *const refused[] = { "", "a/b\r\nX-Evil: 1", "a/b\n" };
    for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
        check_rule(i, &(struct rule){ .secrets = { SECRET_STANDARD },
                                      .content_type = refused[i],
                                      .code = "bad_text",
                                      .key = "content_type" });
    }
}

static void check_table(const struct option_table *table)
{
    for (size_t i = 0; i < table->n; i++) {
        const struct option *option = &table->options[i];
        assert_ptr_equal(option_table_find(table, option->key), option); // no key twice
        assert_true(option->offset < table->size);
        assert_true(option->type != OPTION_ENUM || option->names);
        assert_false(str_is_empty(option->doc));
    }
}

static void the_tables_are_whole(void **state)
{
    (void)state;
    check_table(sink_webhook.options);
    check_table(sink_file.options);
    check_table(sink_stdout.options);
    assert_string_equal(option_table_find(sink_webhook.options, "timeout")->preset, "15s");
    assert_string_equal(option_table_find(sink_webhook.options, "connect_timeout")->preset, "5s");
    assert_string_equal(option_table_find(sink_webhook.options, "signature")->preset, "standard");
}

#define SIGNER "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbc="

static void signing_keys_go_with_the_standard_signature(void **state)
{
    (void)state;
    static const struct rule rules[] = {
        { .signer = SIGNER },
        { .signer = SIGNER, .secrets = { SECRET_STANDARD } },
        { .signer = SIGNER, .secrets = { SECRET_WEAK }, .code = "warning_weak_secret" },
        { .signer = SIGNER,
          .signature = SIGNATURE_GITHUB,
          .secrets = { "a text of twenty-four letters" },
          .code = "conflict",
          .key = "signing_key" },
        { .signer = SIGNER, .signature = SIGNATURE_NONE, .code = "conflict", .key = "signing_key" },
        { .signer = "whsk_AAAA", .code = "bad_secret", .key = "signing_key" },
    };
    check_rules(rules, ARRAY_LEN(rules));
}

static void cloudevents_and_forms_have_rules_of_their_own(void **state)
{
    (void)state;
    static const struct rule rules[] = {
        { .secrets = { SECRET_STANDARD }, .format = SINK_WEBHOOK_CLOUDEVENTS },
        { .secrets = { SECRET_STANDARD },
          .format = SINK_WEBHOOK_CLOUDEVENTS,
          .content_type = "application/x+json",
          .code = "conflict",
          .key = "format" },
        { .secrets = { SECRET_STANDARD },
          .format = SINK_WEBHOOK_CLOUDEVENTS_BINARY,
          .content_type = "application/x+json" },
        { .secrets = { SECRET_STANDARD },
          .format = SINK_WEBHOOK_CLOUDEVENTS_BINARY,
          .header = "CE-Subject",
          .code = "conflict",
          .key = "format" },
        { .secrets = { SECRET_STANDARD },
          .format = SINK_WEBHOOK_CLOUDEVENTS_BINARY,
          .body = ".",
          .code = "conflict",
          .key = "format" },
        { .secrets = { SECRET_STANDARD }, .data = "merge" },
        { .secrets = { SECRET_STANDARD }, .data = "merged", .code = "bad_value", .key = "data" },
        { .secrets = { SECRET_STANDARD },
          .data = "after",
          .format = SINK_WEBHOOK_RAW,
          .code = "conflict",
          .key = "format" },
    };
    check_rules(rules, ARRAY_LEN(rules));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signing_keys_go_with_the_standard_signature),
        cmocka_unit_test(cloudevents_and_forms_have_rules_of_their_own),
        cmocka_unit_test(secrets_must_fit_the_signature),
        cmocka_unit_test(formats_and_bodies_must_agree),
        cmocka_unit_test(fields_that_are_ours_cannot_be_configured),
        cmocka_unit_test(a_content_type_is_one_line_of_text),
        cmocka_unit_test(the_tables_are_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
