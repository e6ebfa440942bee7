#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "bridge/base/problem.h"
#include "bridge/base/str.h"
#include "bridge/expr/expr.h"
#include "sinks/signature.h"
#include "sinks/webhook-inside.h"
#include "sinks/webhook.h"

static const char *const method_names[] = {
    [SINK_WEBHOOK_POST] = "POST",
    [SINK_WEBHOOK_PUT] = "PUT",
    [SINK_WEBHOOK_PATCH] = "PATCH",
    NULL,
};

static const char *const signature_names[] = {
    [SIGNATURE_STANDARD] = "standard", [SIGNATURE_GITHUB] = "github", [SIGNATURE_STRIPE] = "stripe",
    [SIGNATURE_SLACK] = "slack",       [SIGNATURE_NONE] = "none",     NULL,
};

static const char *const format_names[] = {
    [SINK_WEBHOOK_STANDARD] = "standard",
    [SINK_WEBHOOK_RAW] = "raw",
    [SINK_WEBHOOK_TEMPLATE] = "template",
    NULL,
};

// The keys of the secrets, the newest first.
static const char *const secret_keys[SIGNATURE_SECRETS_MAX] = { "secret", "previous_secret",
                                                                "oldest_secret" };

static const struct option list[] = {
    { .key = "url",
      .type = OPTION_URL,
      .offset = offsetof(struct sink_webhook_settings, url),
      .flags = OPTION_REQUIRED,
      .doc = "Where events are sent. Redirects are never followed. A URL that is itself a secret "
             "is best written as `${file:PATH}`: what comes from there is never logged.",
      .example = "https://ops.example.com/hooks" },
    { .key = "method",
      .type = OPTION_ENUM,
      .offset = offsetof(struct sink_webhook_settings, method),
      .preset = "POST",
      .names = method_names,
      .doc = "The method of the request.",
      .example = "PUT" },
    { .key = "secret",
      .type = OPTION_SECRET,
      .offset = offsetof(struct sink_webhook_settings, secrets[0]),
      .doc = "What the receiver checks the signature with; needed unless `signature: none`. For "
             "`standard` it is `whsec_` and the key in base64 (`echo whsec_$(openssl rand -base64 "
             "24)` makes one), for the others a text that is used as it stands. A key has at "
             "least 16 bytes, better 24.",
      .example = "${OPS_SECRET}" },
    { .key = "previous_secret",
      .type = OPTION_SECRET,
      .offset = offsetof(struct sink_webhook_settings, secrets[1]),
      .doc = "The secret before `secret`. While it stands here every request is signed with both, "
             "so that receivers change over one after another; for the signatures `standard` and "
             "`stripe`.",
      .example = "${OPS_SECRET_BEFORE}" },
    { .key = "oldest_secret",
      .type = OPTION_SECRET,
      .offset = offsetof(struct sink_webhook_settings, secrets[2]),
      .doc = "The secret before `previous_secret`, when a second change comes before the first is "
             "over.",
      .example = "${OPS_SECRET_OLDEST}" },
    { .key = "signature",
      .type = OPTION_ENUM,
      .offset = offsetof(struct sink_webhook_settings, signature),
      .preset = "standard",
      .names = signature_names,
      .doc = "How a request is signed: `standard` is Standard Webhooks (webhook-signature), "
             "`github` X-Hub-Signature-256, `stripe` Stripe-Signature, `slack` X-Slack-Signature; "
             "all are HMAC-SHA256 over the very bytes that are sent.",
      .example = "github" },
    { .key = "headers",
      .type = OPTION_TEMPLATES,
      .offset = offsetof(struct sink_webhook_settings, headers),
      .flags = OPTION_HIDDEN_VALUE | OPTION_FIELDS,
      .doc = "Further header fields. `{{ .path }}` is replaced by that place of the event; where "
             "the event has no such place the delivery fails for good.",
      .example = "{ X-GitHub-Event: push, X-GitHub-Delivery: \"{{ .id }}\" }" },
    { .key = "content_type",
      .type = OPTION_STRING,
      .offset = offsetof(struct sink_webhook_settings, content_type),
      .preset = "application/json",
      .doc = "The Content-Type of the request.",
      .example = "application/vnd.example+json" },
    { .key = "format",
      .type = OPTION_ENUM,
      .offset = offsetof(struct sink_webhook_settings, format),
      .preset = "standard",
      .names = format_names,
      .doc = "What is sent: `standard` is the whole event, `raw` its `data.after` alone (`null` "
             "for an event without one), `template` what `body` makes of it. A `body` alone says "
             "`template` as well.",
      .example = "raw" },
    { .key = "body",
      .type = OPTION_EXPR,
      .offset = offsetof(struct sink_webhook_settings, body),
      .doc = "What is sent instead of the whole event: a jq expression with the event as its "
             "input, whose first result is sent as JSON. Where it fails the delivery fails for "
             "good.",
      .example = "\"{ text: (.source + \\\" changed\\\"), sha: .data.after.sha }\"" },
    OUTGOING_OPTIONS(struct sink_webhook_settings, "15s",
                     "Time one attempt may take, the whole answer included."),
};

const struct option_table sink_webhook_options = {
    .name = "sink webhook",
    .doc = "Sends every event as a signed HTTP request, again and again until it is taken. This "
           "is the type of a sink that names none.",
    OPTION_TABLE_OF(struct sink_webhook_settings, list),
};

const char *sink_webhook_method_name(int method)
{
    return method_names[method];
}

static size_t count_secrets(const struct sink_webhook_settings *webhook)
{
    size_t n = 0;
    for (size_t i = 0; i < SIGNATURE_SECRETS_MAX; i++) {
        n += webhook->secrets[i].len > 0;
    }
    return n;
}

// Which secrets there are must fit the signature.
static int check_secret_count(const struct sink_webhook_settings *webhook, const char **ret_key,
                              struct problem **reterr)
{
    size_t n = count_secrets(webhook);
    *ret_key = secret_keys[0];
    if (webhook->signature == SIGNATURE_NONE) {
        return n == 0 ? 0
                      : problem_set(reterr, -EINVAL, "conflict",
                                    "a secret is of no use with signature: none; remove one of "
                                    "them");
    }
    if (webhook->secrets[0].len == 0) {
        return problem_set(reterr, -EINVAL, "missing_key",
                           "there is no \"secret\" to sign with; add it, such as: secret: "
                           "${OPS_SECRET} (signature: none sends without one)");
    }
    if (n > 1 && !signature_takes_many((enum signature_kind)webhook->signature)) {
        *ret_key = secret_keys[webhook->secrets[1].len > 0 ? 1 : 2];
        return problem_set(reterr, -EINVAL, "conflict",
                           "signature: %s has room for one signature only; remove \"%s\"",
                           signature_names[webhook->signature], *ret_key);
    }
    return 0;
}

static int check_secrets(const struct sink_webhook_settings *webhook, const char **ret_key,
                         struct problem **reterr)
{
    enum signature_kind kind = (enum signature_kind)webhook->signature;
    int r = check_secret_count(webhook, ret_key, reterr);
    for (size_t i = 0; r == 0 && i < SIGNATURE_SECRETS_MAX; i++) {
        if (webhook->secrets[i].len > 0) {
            *ret_key = secret_keys[i];
            r = signature_check(kind, &webhook->secrets[i], reterr);
        }
    }
    if (r == 0 && kind != SIGNATURE_NONE && signature_is_weak(kind, &webhook->secrets[0])) {
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

static int check_format(const struct sink_webhook_settings *webhook, struct problem **reterr)
{
    if (webhook->format == SINK_WEBHOOK_RAW && webhook->body) {
        return problem_set(reterr, -EINVAL, "conflict",
                           "format: raw and \"body\" exclude each other; remove one of them");
    }
    if (webhook->format == SINK_WEBHOOK_TEMPLATE && !webhook->body) {
        return problem_set(reterr, -EINVAL, "missing_key",
                           "format: template has no \"body\" to make the request of; add it, such "
                           "as: body: \"{ text: .type }\"");
    }
    return 0;
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
    // Last: a weak secret is only a warning.
    return r == 0 ? check_secrets(webhook, ret_key, reterr) : r;
}
