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
      .offset = offsetof(struct sink_webhook_settings, secret),
      .doc = "What the receiver checks the signature with; needed unless `signature: none`. For "
             "`standard` it is `whsec_` and the key in base64 (`echo whsec_$(openssl rand -base64 "
             "24)` makes one), for the others a text that is used as it stands. A key has at "
             "least 16 bytes, better 24.",
      .example = "${OPS_SECRET}" },
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

static int check_secret(const struct sink_webhook_settings *webhook, struct problem **reterr)
{
    bool has_secret = webhook->secret.len > 0;
    if (webhook->signature == SIGNATURE_NONE) {
        return has_secret ? problem_set(reterr, -EINVAL, "conflict",
                                        "\"secret\" is of no use with signature: none; remove one "
                                        "of them")
                          : 0;
    }
    if (!has_secret) {
        return problem_set(reterr, -EINVAL, "missing_key",
                           "there is no \"secret\" to sign with; add it, such as: secret: "
                           "${OPS_SECRET} (signature: none sends without one)");
    }
    return signature_check((enum signature_kind)webhook->signature, &webhook->secret, reterr);
}

// What a request carries anyway; a second field of that name would make it say two things.
static const char *refuse_field(const char *name)
{
    static const char *const own[] = {
        "webhook-id",
        "webhook-timestamp",
        "webhook-signature",
        "webhook-attempt",
        "webhook-event-type",
        "x-hub-signature-256",
        "stripe-signature",
        "x-slack-signature",
        "x-slack-request-timestamp",
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
    if (r == 0) { // last: a weak secret is only a warning
        *ret_key = "secret";
        r = check_secret(webhook, reterr);
    }
    return r;
}
