// Rules between the options of a webhook.

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "bridge/base/problem.h"
#include "bridge/base/str.h"
#include "bridge/expr/expr.h"
#include "sinks/data-forms.h"
#include "sinks/signature.h"
#include "sinks/webhook-inside.h"
#include "sinks/webhook.h"

// The keys of the secrets, the newest first.
static const char *const secret_keys[SIGNATURE_SECRETS_MAX] = { "secret", "previous_secret",
                                                                "oldest_secret" };
static const char *const signer_keys[SIGNATURE_SIGNERS_MAX] = { "signing_key",
                                                                "previous_signing_key" };

static size_t count_signers(const struct sink_webhook_settings *webhook)
{
    size_t n = 0;
    for (size_t i = 0; i < SIGNATURE_SIGNERS_MAX; i++) {
        n += webhook->keys.signers[i].len > 0;
    }
    return n;
}

static size_t count_secrets(const struct sink_webhook_settings *webhook)
{
    size_t n = 0;
    for (size_t i = 0; i < SIGNATURE_SECRETS_MAX; i++) {
        n += webhook->keys.secrets[i].len > 0;
    }
    return n;
}

// Which secrets there are must fit the signature.
static int check_secret_count(const struct sink_webhook_settings *webhook, const char **ret_key,
                              struct problem **reterr)
{
    size_t n = count_secrets(webhook);
    size_t signers = count_signers(webhook);
    if (signers > 0 && webhook->signature != SIGNATURE_STANDARD) {
        *ret_key = signer_keys[webhook->keys.signers[0].len > 0 ? 0 : 1];
        return problem_set(reterr, -EINVAL, "conflict",
                           "\"%s\" goes with signature: standard only; remove one of them",
                           *ret_key);
    }
    *ret_key = secret_keys[0];
    if (webhook->signature == SIGNATURE_NONE) {
        return n == 0 ? 0
                      : problem_set(reterr, -EINVAL, "conflict",
                                    "a secret is of no use with signature: none; remove one of "
                                    "them");
    }
    if (n == 0 && signers > 0) {
        return 0;
    }
    if (webhook->keys.secrets[0].len == 0) {
        return problem_set(reterr, -EINVAL, "missing_key",
                           "there is no \"secret\" to sign with; add it, such as: secret: "
                           "${OPS_SECRET} (signature: none sends without one)");
    }
    if (n > 1 && !signature_takes_many((enum signature_kind)webhook->signature)) {
        *ret_key = secret_keys[webhook->keys.secrets[1].len > 0 ? 1 : 2];
        return problem_set(reterr, -EINVAL, "conflict",
                           "signature: %s has room for one signature only; remove \"%s\"",
                           sink_webhook_signature_names[webhook->signature], *ret_key);
    }
    return 0;
}

static int check_secrets(const struct sink_webhook_settings *webhook, const char **ret_key,
                         struct problem **reterr)
{
    enum signature_kind kind = (enum signature_kind)webhook->signature;
    int r = check_secret_count(webhook, ret_key, reterr);
    for (size_t i = 0; r == 0 && i < SIGNATURE_SECRETS_MAX; i++) {
        if (webhook->keys.secrets[i].len > 0) {
            *ret_key = secret_keys[i];
            r = signature_check(kind, &webhook->keys.secrets[i], reterr);
        }
    }
    for (size_t i = 0; r == 0 && i < SIGNATURE_SIGNERS_MAX; i++) {
        if (webhook->keys.signers[i].len > 0) {
            *ret_key = signer_keys[i];
            r = signature_check_signer(&webhook->keys.signers[i], reterr);
        }
    }
    if (r == 0 && webhook->keys.secrets[0].len > 0 &&
        signature_is_weak(kind, &webhook->keys.secrets[0])) {
        *ret_key = secret_keys[0];
        return problem_set(reterr, -EINVAL, "warning_weak_secret",
                           "the key of the secret is shorter than 24 bytes; make a longer one "
                           "when it is changed next");
    }
    return r;
}

// What a request carries anyway; a second field of that name would make it say two things.
static const char *refuse_field(const char *name)
{
    static const char *const own[] = {
        "webhook-id",       "webhook-timestamp",  "webhook-signature",
        "webhook-attempt",  "webhook-event-type", "x-hub-signature-256",
        "stripe-signature", "x-slack-signature",  "x-slack-request-timestamp",
    };
    for (size_t i = 0; i < ARRAY_LEN(own); i++) {
        if (str_eq_nocase(name, own[i])) {
            return "is set by pollbridge itself";
        }
    }
    return str_eq_nocase(name, "content-type") ? "has a key of its own, \"content_type\""
                                               : outgoing_refuse_field(name);
}

static int check_headers(const struct template_pairs *headers, struct problem **reterr)
{
    for (size_t i = 0; i < headers->n; i++) {
        const char *refusal = refuse_field(headers->v[i].name);
        if (refusal) {
            return problem_set(reterr, -EINVAL, "refused_header",
                               "the header field \"%s\" %s; remove it here", headers->v[i].name,
                               refusal);
        }
    }
    return 0;
}

static int check_content_type(const char *content_type, struct problem **reterr)
{
    if (str_is_empty(content_type) || strpbrk(content_type, "\r\n")) {
        return problem_set(reterr, -EINVAL, "bad_text",
                           "\"content_type\" must be a media type such as application/json");
    }
    return 0;
}

static bool has_ce_field(const struct template_pairs *headers)
{
    for (size_t i = 0; i < headers->n; i++) {
        if (strncasecmp(headers->v[i].name, "ce-", 3) == 0) {
            return true;
        }
    }
    return false;
}

static int check_cloudevents(const struct sink_webhook_settings *webhook, struct problem **reterr)
{
    if (webhook->format == SINK_WEBHOOK_CLOUDEVENTS &&
        !str_eq(webhook->content_type, "application/json")) {
        return problem_set(reterr, -EINVAL, "conflict",
                           "format: cloudevents has a content type of its own; remove "
                           "\"content_type\"");
    }
    if (webhook->format == SINK_WEBHOOK_CLOUDEVENTS_BINARY && has_ce_field(&webhook->headers)) {
        return problem_set(reterr, -EINVAL, "conflict",
                           "format: cloudevents-binary writes the ce- header fields itself; remove "
                           "yours from \"headers\"");
    }
    return 0;
}

static int check_format(const struct sink_webhook_settings *webhook, struct problem **reterr)
{
    static const char *const without_body[] = {
        [SINK_WEBHOOK_CLOUDEVENTS] = "cloudevents",
        [SINK_WEBHOOK_CLOUDEVENTS_BINARY] = "cloudevents-binary",
        [SINK_WEBHOOK_RAW] = "raw",
        [SINK_WEBHOOK_TEMPLATE] = NULL,
    };
    const char *name = without_body[webhook->format];
    if (name && webhook->body) {
        return problem_set(reterr, -EINVAL, "conflict",
                           "format: %s and \"body\" exclude each other; remove one of them", name);
    }
    if (webhook->format == SINK_WEBHOOK_RAW && webhook->data.n > 0) {
        return problem_set(reterr, -EINVAL, "conflict",
                           "format: raw sends data.after alone; remove \"data\"");
    }
    if (webhook->format == SINK_WEBHOOK_TEMPLATE && !webhook->body) {
        return problem_set(reterr, -EINVAL, "missing_key",
                           "format: template has no \"body\" to make the request of; add it, such "
                           "as: body: \"{ text: .type }\"");
    }
    return check_cloudevents(webhook, reterr);
}

int sink_webhook_check(const void *settings, const char **ret_key, struct problem **reterr)
{
    const struct sink_webhook_settings *webhook = settings;
    *ret_key = "headers";
    int r = check_headers(&webhook->headers, reterr);
    if (r == 0) {
        *ret_key = "content_type";
        r = check_content_type(webhook->content_type, reterr);
    }
    if (r == 0) {
        r = outgoing_check(&webhook->outgoing, ret_key, reterr);
    }
    if (r == 0) {
        *ret_key = "format";
        r = check_format(webhook, reterr);
    }
    if (r == 0) {
        *ret_key = "data";
        r = data_forms_check(&webhook->data, reterr);
    }
    // Last: a weak secret is only a warning.
    return r == 0 ? check_secrets(webhook, ret_key, reterr) : r;
}
