#include <stddef.h>

#include "sinks/shape-option.h"
#include "sinks/webhook-inside.h"
#include "sinks/webhook.h"

static const char *const method_names[] = {
    [SINK_WEBHOOK_POST] = "POST",
    [SINK_WEBHOOK_PUT] = "PUT",
    [SINK_WEBHOOK_PATCH] = "PATCH",
    NULL,
};

const char *const sink_webhook_signature_names[] = {
    [SIGNATURE_STANDARD] = "standard", [SIGNATURE_GITHUB] = "github", [SIGNATURE_STRIPE] = "stripe",
    [SIGNATURE_SLACK] = "slack",       [SIGNATURE_NONE] = "none",     NULL,
};

static const char *const format_names[] = {
    [SINK_WEBHOOK_STANDARD] = "standard",
    [SINK_WEBHOOK_CLOUDEVENTS] = "cloudevents",
    [SINK_WEBHOOK_CLOUDEVENTS_BINARY] = "cloudevents-binary",
    [SINK_WEBHOOK_RAW] = "raw",
    [SINK_WEBHOOK_TEMPLATE] = "template",
    NULL,
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
      .offset = offsetof(struct sink_webhook_settings, keys.secrets[0]),
      .doc = "What the receiver checks the signature with; needed unless `signature: none` or a "
             "`signing_key` stands here. For `standard` it is `whsec_` and the key in base64 "
             "(`echo whsec_$(openssl rand -base64 "
             "24)` makes one), for the others a text that is used as it stands. A key has at "
             "least 16 bytes, better 24.",
      .example = "${OPS_SECRET}" },
    { .key = "previous_secret",
      .type = OPTION_SECRET,
      .offset = offsetof(struct sink_webhook_settings, keys.secrets[1]),
      .doc = "The secret before `secret`. While it stands here every request is signed with both, "
             "so that receivers change over one after another; for the signatures `standard` and "
             "`stripe`.",
      .example = "${OPS_SECRET_BEFORE}" },
    { .key = "oldest_secret",
      .type = OPTION_SECRET,
      .offset = offsetof(struct sink_webhook_settings, keys.secrets[2]),
      .doc = "The secret before `previous_secret`, when a second change comes before the first is "
             "over.",
      .example = "${OPS_SECRET_OLDEST}" },
    { .key = "signing_key",
      .type = OPTION_SECRET,
      .offset = offsetof(struct sink_webhook_settings, keys.signers[0]),
      .doc = "A private key of ed25519 that signs too, or alone (`v1a` of Standard Webhooks), for "
             "receivers that shall know a public key only: `whsk_` and base64 of its 32 bytes "
             "(`echo whsk_$(openssl rand -base64 32)` makes one), or of these and the 32 of the "
             "public key. For the signature `standard`.",
      .example = "${OPS_SIGNING_KEY}" },
    { .key = "previous_signing_key",
      .type = OPTION_SECRET,
      .offset = offsetof(struct sink_webhook_settings, keys.signers[1]),
      .doc = "The `signing_key` before; while it stands here both sign.",
      .example = "${OPS_SIGNING_KEY_BEFORE}" },
    { .key = "signature",
      .type = OPTION_ENUM,
      .offset = offsetof(struct sink_webhook_settings, signature),
      .preset = "standard",
      .names = sink_webhook_signature_names,
      .doc = "How a request is signed: `standard` is Standard Webhooks (webhook-signature), "
             "`github` X-Hub-Signature-256, `stripe` Stripe-Signature, `slack` X-Slack-Signature; "
             "all are HMAC-SHA256 over the very bytes that are sent, `standard` also ed25519.",
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
      .doc = "The Content-Type of the request; with `format: cloudevents` it is always "
             "`application/cloudevents+json`.",
      .example = "application/vnd.example+json" },
    { .key = "format",
      .type = OPTION_ENUM,
      .offset = offsetof(struct sink_webhook_settings, format),
      .preset = "standard",
      .names = format_names,
      .doc = "What is sent: `standard` is the whole event, `cloudevents` a CloudEvents 1.0 event "
             "in one JSON body, `cloudevents-binary` the same with its attributes in `ce-` header "
             "fields and `data` alone as body, `raw` its `data.after` alone (`null` for an event "
             "without one), `template` what `body` makes of it. A `body` alone says `template` as "
             "well.",
      .example = "cloudevents" },
    SHAPE_DATA_OPTION(struct sink_webhook_settings),
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
