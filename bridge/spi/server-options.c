// The options of the process: its listener, its store, and what holds for all hosts and sources.

#include "bridge/spi/settings.h"

#include <stddef.h>

#define SECOND ((int64_t)1000)
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)
#define MIB    ((int64_t)1024 * 1024)

static const char *const metrics_names[] = {
    [METRICS_BY_SOURCE] = "source",
    [METRICS_BY_INSTANCE] = "instance",
    [METRICS_OFF] = "off",
    NULL,
};

static const struct option server_option_list[] = {
    { .key = "listen",
      .type = OPTION_STRING,
      .offset = offsetof(struct server_settings, listen),
      .preset = "127.0.0.1:8080",
      .doc = "Address and port of /healthz, /readyz, /metrics and /v1; port 0 picks a free one, "
             "`off` opens no listener.",
      .example = "127.0.0.1:8080" },
    { .key = "token",
      .type = OPTION_SECRET,
      .offset = offsetof(struct server_settings, token),
      .doc = "What /v1 asks for as `Authorization: Bearer TOKEN`, good for everything; `tokens` "
             "names more of them, that may do less. Without any the listener must be on the "
             "loopback, and only processes of this machine may ask, and no web page.",
      .example = "${POLLBRIDGE_TOKEN}" },
    { .key = "metrics",
      .type = OPTION_ENUM,
      .offset = offsetof(struct server_settings, metrics),
      .preset = "source",
      .names = metrics_names,
      .doc = "What /metrics counts by itself: each source, its instances together; each instance; "
             "or only their sums, as it does where there would be more than 1000.",
      .example = "instance" },
};
const struct option_table server_options = {
    .name = "server",
    .doc = "The HTTP listener of the daemon itself.",
    OPTION_TABLE_OF(struct server_settings, server_option_list),
};

static const char *const token_scope_names[] = { "read", "write", "admin", NULL };

static const struct option token_option_list[] = {
    { .key = "token",
      .type = OPTION_SECRET,
      .offset = offsetof(struct token_settings, token),
      .flags = OPTION_REQUIRED,
      .doc = "What is brought as `Authorization: Bearer TOKEN`; 16 characters or more.",
      .example = "${CI_TOKEN}" },
    { .key = "scope",
      .type = OPTION_ENUM,
      .offset = offsetof(struct token_settings, scope),
      .preset = "read",
      .names = token_scope_names,
      .doc = "What it may do: read looks; write also polls, sends again and replays; admin also "
             "makes, changes and removes sinks.",
      .example = "write" },
};
const struct option_table token_options = {
    .name = "tokens",
    .doc = "A token of the HTTP API. Its name stands in the log beside what was done with it.",
    OPTION_TABLE_OF(struct token_settings, token_option_list),
};

static const struct option retention_option_list[] = {
    { .key = "age",
      .type = OPTION_DURATION,
      .offset = offsetof(struct retention_settings, age_ms),
      .preset = "30d",
      .least = HOUR,
      .most = 3650 * DAY,
      .doc = "Settled deliveries and events older than this are removed.",
      .example = "30d" },
    { .key = "size",
      .type = OPTION_SIZE,
      .offset = offsetof(struct retention_settings, size_bytes),
      .preset = "1GiB",
      .least = MIB,
      .most = 1024 * 1024 * MIB,
      .doc = "When the store grows beyond this, the oldest settled events are removed first.",
      .example = "1GiB" },
    { .key = "left",
      .type = OPTION_DURATION,
      .offset = offsetof(struct retention_settings, left_ms),
      .preset = "7d",
      .least = MINUTE,
      .most = 3650 * DAY,
      .doc = "What is known of an instance of `for_each` that is listed no longer. One that comes "
             "back in this time goes on with the base it had; later it is a new one.",
      .example = "30d" },
};
static const struct option_table retention_options = {
    .name = "store.retention",
    .doc = "How long settled events and deliveries are kept; whichever limit is met first counts. "
           "Pending deliveries and snapshots are never removed.",
    OPTION_TABLE_OF(struct retention_settings, retention_option_list),
};

static const struct option store_option_list[] = {
    { .key = "path",
      .type = OPTION_FILE,
      .offset = offsetof(struct store_settings, path),
      .preset = "${POLLBRIDGE_STORE:-pollbridge.db}",
      .doc = "The database file; it is created when it is missing. One process at a time opens it.",
      .example = "/var/lib/pollbridge/bridge.db" },
    { .key = "retention",
      .type = OPTION_TABLE,
      .offset = offsetof(struct store_settings, retention),
      .table = &retention_options,
      .doc = "How long settled events and deliveries are kept.",
      .example = "{ age: 30d, size: 1GiB }" },
};
const struct option_table store_options = {
    .name = "store",
    .doc = "Where snapshots, events and deliveries are kept.",
    OPTION_TABLE_OF(struct store_settings, store_option_list),
};

static const struct option egress_option_list[] = {
    { .key = "allow_cidrs",
      .type = OPTION_STRINGS,
      .offset = offsetof(struct egress_settings, allow_cidrs),
      .doc = "Ranges of addresses that are open although they are not public. The daemon's own "
             "listener stays closed.",
      .example = "[10.20.0.0/16, \"fd12::/48\"]" },
    { .key = "allow_http",
      .type = OPTION_BOOL,
      .offset = offsetof(struct egress_settings, allow_http),
      .preset = "false",
      .doc = "Whether a sink that comes through the API may have a URL without TLS.",
      .example = "true" },
};
const struct option_table egress_options = {
    .name = "egress",
    .doc = "Where targets may be that are not trusted: sinks that come through the API, and what "
           "says `allow_private: false`.",
    OPTION_TABLE_OF(struct egress_settings, egress_option_list),
};

static const struct option default_option_list[] = {
    { .key = "interval",
      .type = OPTION_DURATION,
      .offset = offsetof(struct default_settings, interval_ms),
      .preset = "5m",
      .least = SECOND,
      .most = 366 * DAY,
      .doc = "Time from one poll of a source to the next.",
      .example = "1m" },
    { .key = "timeout",
      .type = OPTION_DURATION,
      .offset = offsetof(struct default_settings, timeout_ms),
      .preset = "30s",
      .least = 1,
      .most = HOUR,
      .doc = "Time one whole request of a source may take, its body too.",
      .example = "10s" },
    { .key = "first_run",
      .type = OPTION_ENUM,
      .offset = offsetof(struct default_settings, first_run),
      .preset = "baseline",
      .names = settings_first_run_names,
      .doc = "What the first accepted document of a source tells.",
      .example = "baseline" },
};
const struct option_table default_options = {
    .name = "defaults",
    .doc = "What a source takes where it says nothing itself.",
    OPTION_TABLE_OF(struct default_settings, default_option_list),
};

static const struct option limit_option_list[] = {
    { .key = "requests",
      .type = OPTION_INT,
      .offset = offsetof(struct limit_settings, requests),
      .preset = "0",
      .least = 0,
      .most = 1000000,
      .doc = "Requests allowed in every stretch of `per`, for each `auth` by itself; its token "
             "requests count too. 0 means no budget.",
      .example = "60" },
    { .key = "per",
      .type = OPTION_DURATION,
      .offset = offsetof(struct limit_settings, per_ms),
      .preset = "1m",
      .least = SECOND,
      .most = 31 * DAY,
      .doc = "The time the budget of `requests` is for.",
      .example = "1m" },
    { .key = "concurrency",
      .type = OPTION_INT,
      .offset = offsetof(struct limit_settings, concurrency),
      .preset = "4",
      .least = 1,
      .most = 1000,
      .doc = "Requests to this host under way at once.",
      .example = "2" },
};
const struct option_table limit_options = {
    .name = "limits.HOST",
    .doc = "Budgets per host. The key is the host as it stands in the URL, with `:port` when it is "
           "not the default port; a host that is not listed has a concurrency of 4 and no budget.",
    OPTION_TABLE_OF(struct limit_settings, limit_option_list),
};
