#include "bridge/spi/settings.h"

#include <stddef.h>
#include <string.h>

#include "bridge/spi/auth.h"
#include "bridge/spi/sink.h"
#include "bridge/spi/source.h"

#define SECOND ((int64_t)1000)
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)
#define MIB    ((int64_t)1024 * 1024)

static const char *const first_run_names[] = { "baseline", "snapshot", "items", NULL };

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
      .names = first_run_names,
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

static const struct option guard_option_list[] = {
    { .key = "max_removed",
      .type = OPTION_PERCENT,
      .offset = offsetof(struct guard_settings, max_removed),
      .preset = "50%",
      .doc = "An answer in which more than this share of the items is gone is held and reported "
             "instead of believed; 100% believes everything.",
      .example = "50%" },
    { .key = "require",
      .type = OPTION_EXPRS,
      .offset = offsetof(struct guard_settings, require),
      .doc =
          "What has to be in every answer (in every page), and not null; an answer without it is "
          "a failed poll.",
      .example = "[.data, .meta.total]" },
    { .key = "error_when",
      .type = OPTION_EXPR,
      .offset = offsetof(struct guard_settings, error_when),
      .doc = "An answer of which this is neither false nor null is a failed poll, whatever its "
             "status.",
      .example = ".error" },
};
static const struct option_table guard_options = {
    .name = "source.guard",
    .doc = "What is too strange to be believed.",
    OPTION_TABLE_OF(struct guard_settings, guard_option_list),
};

static const struct option window_option_list[] = {
    { .key = "days",
      .type = OPTION_STRINGS,
      .offset = offsetof(struct window_settings, days),
      .preset = "daily",
      .doc = "The days on which it opens: `mon-fri`, `sat,sun`, `daily`.",
      .example = "mon-fri" },
    { .key = "from",
      .type = OPTION_STRING,
      .offset = offsetof(struct window_settings, from),
      .preset = "00:00",
      .doc = "When it opens.",
      .example = "08:00" },
    { .key = "to",
      .type = OPTION_STRING,
      .offset = offsetof(struct window_settings, to),
      .preset = "24:00",
      .doc = "When it closes; before `from`: on the next day.",
      .example = "18:00" },
};
static const struct option_table window_options = {
    .name = "source.windows",
    .doc = "Hours of the week, in the source's `timezone`.",
    OPTION_TABLE_OF(struct window_settings, window_option_list),
};

static const char *const for_each_format_names[] = {
    [FOR_EACH_AUTO] = "auto",
    [FOR_EACH_CSV] = "csv",
    [FOR_EACH_YAML] = "yaml",
    [FOR_EACH_LINES] = "lines",
    NULL,
};

static const struct option for_each_option_list[] = {
    { .key = "list",
      .type = OPTION_JSON,
      .offset = offsetof(struct for_each_settings, list),
      .doc = "The members themselves: mappings, or single values, which are called `value`. "
             "`for_each: [...]` is short for it.",
      .example = "[{ region: eu }, { region: us }]" },
    { .key = "file",
      .type = OPTION_FILE,
      .offset = offsetof(struct for_each_settings, file),
      .doc = "A file that lists them; read again at a reload, and when it changes.",
      .example = "cities.csv" },
    { .key = "format",
      .type = OPTION_ENUM,
      .offset = offsetof(struct for_each_settings, format),
      .preset = "auto",
      .names = for_each_format_names,
      .doc = "How the file is read: `csv` with a first line that names the columns, `yaml` as a "
             "list, `lines` with one `value` in each (empty ones and those that begin with `#` "
             "are passed over). `auto` goes by the end of its name.",
      .example = "csv" },
    { .key = "source",
      .type = OPTION_STRING,
      .offset = offsetof(struct for_each_settings, source),
      .doc = "The name of another source: each item it has now is an instance, one that leaves it "
             "is none any more.",
      .example = "repositories" },
    { .key = "members",
      .type = OPTION_PAIRS,
      .offset = offsetof(struct for_each_settings, members),
      .doc = "What of each row or item makes an instance, as paths. Without it all columns of a "
             "row do, and of an item its `key`.",
      .example = "{ repo: .full_name, branch: .default_branch }" },
    { .key = "max",
      .type = OPTION_INT,
      .offset = offsetof(struct for_each_settings, max),
      .preset = "10000",
      .least = 1,
      .most = 1000000,
      .doc = "More instances than this are a mistake: the file is refused, or the items of the "
             "other source are not followed any further.",
      .example = "50000" },
};
static const struct option_table for_each_options = {
    .name = "source.for_each",
    .doc =
        "One source for many things of a kind. `{{ member }}` in `url`, `params`, `headers`, "
        "`body` and `json` stands for what an instance has there; in `url` it is percent-encoded "
        "(in the path but for `/`), and in `json` a string that is nothing but a place becomes "
        "the member's own value. Each instance is polled, remembered and told for itself, and "
        "is called by its members: `orders{region=eu}`. They are what it is: another URL is "
        "still the same instance, other members are another one. `sources` of a sink names the "
        "source.",
    OPTION_TABLE_OF(struct for_each_settings, for_each_option_list),
};

static const struct option source_option_list[] = {
    { .key = "interval",
      .type = OPTION_DURATION,
      .offset = offsetof(struct source_settings, interval_ms),
      .preset = "5m",
      .least = SECOND,
      .most = 366 * DAY,
      .doc = "Time from one poll to the next.",
      .example = "1m" },
    { .key = "schedule",
      .type = OPTION_CRON,
      .offset = offsetof(struct source_settings, cron),
      .doc = "The times of the polls instead of an interval, as cron's five fields (minute, hour, "
             "day of month, month, day of week), or `@hourly`, `@daily`, `@weekly`, `@monthly`, "
             "`@yearly`.",
      .example = "\"*/15 8-18 * * mon-fri\"" },
    { .key = "timezone",
      .type = OPTION_ZONE,
      .offset = offsetof(struct source_settings, zone),
      .doc = "The time zone of `schedule` and `windows`; UTC when absent. Times that daylight "
             "saving skips come at the skip, repeated ones once; with a `*` for minute or hour a "
             "schedule follows the clock instead.",
      .example = "Europe/Madrid" },
    { .key = "windows",
      .type = OPTION_WINDOWS,
      .offset = offsetof(struct source_settings, windows),
      .table = &window_options,
      .doc = "The hours in which the source is polled; always when absent.",
      .example = "[{ days: mon-fri, from: 08:00, to: 18:00 }]" },
    { .key = "min_interval",
      .type = OPTION_DURATION,
      .offset = offsetof(struct source_settings, min_interval_ms),
      .least = SECOND,
      .most = 366 * DAY,
      .doc = "Instead of `interval`: the distance of polls follows the changes. It is a tenth of "
             "the time since the last one, but at least this and at most `max_interval`, and up to "
             "a tenth (30s at most) more at random.",
      .example = "30s" },
    { .key = "max_interval",
      .type = OPTION_DURATION,
      .offset = offsetof(struct source_settings, max_interval_ms),
      .preset = "24h",
      .least = SECOND,
      .most = 366 * DAY,
      .doc = "The longest distance with `min_interval`; and the longest time without a poll that "
             "an answer may ask for (see `honor_cache`).",
      .example = "1h" },
    { .key = "expect_change_within",
      .type = OPTION_DURATION,
      .offset = offsetof(struct source_settings, expect_change_ms),
      .least = SECOND,
      .most = 3650 * DAY,
      .doc = "When nothing changed for so long, source.stale is told, once until the next change.",
      .example = "1d" },
    { .key = "honor_cache",
      .type = OPTION_BOOL,
      .offset = offsetof(struct source_settings, honor_cache),
      .preset = "true",
      .doc = "Whether an answer that says how long it stays fresh (`Cache-Control: max-age`, "
             "`Expires`) is asked for again only after that.",
      .example = "false" },
    { .key = "auth",
      .type = OPTION_AUTH,
      .offset = offsetof(struct source_settings, auth_name),
      .doc = "The name of an entry under `auth`, or such an entry itself.",
      .example = "shop" },
    { .key = "select",
      .type = OPTION_EXPR,
      .offset = offsetof(struct source_settings, rules.select),
      .flags = OPTION_RULES,
      .doc = "The part of the answer that is the document; the whole answer when absent. Not "
             "together with `items`.",
      .example = ".current" },
    { .key = "items",
      .type = OPTION_EXPR,
      .offset = offsetof(struct source_settings, rules.items),
      .flags = OPTION_RULES,
      .doc = "The answer is a collection: this finds its items, which are compared by `key`.",
      .example = ".data[]" },
    { .key = "key",
      .type = OPTION_EXPRS,
      .offset = offsetof(struct source_settings, rules.key),
      .flags = OPTION_RULES | OPTION_OR_AUTO,
      .doc = "What makes an item the same item in the next answer; several paths make one key "
             "together. `auto` takes the first of id, _id, @id, uuid, guid, uid, key, a name that "
             "ends in id, number, no or code, version, platform, slug, symbol, ref, name, title, "
             "time, date, dt, hour, period, url, link that tells all items apart, says so, and "
             "stays with it.",
      .example = ".id" },
    { .key = "ignore",
      .type = OPTION_PATTERNS,
      .offset = offsetof(struct source_settings, rules.ignore),
      .flags = OPTION_NOISE,
      .doc = "Places whose changes do not count, relative to the document or the item; `[]` is "
             "every element, `..name` a member at any depth.",
      .example = "[.updated_at, .links]" },
    { .key = "normalize",
      .type = OPTION_NORMALIZE,
      .offset = offsetof(struct source_settings, rules.normalize),
      .flags = OPTION_NOISE,
      .doc = "Places brought into one form before anything is compared or told: `round(n)`, "
             "`trim`, `lowercase` (A to Z), `sort`, `set` (sorted, each value once), `date` (with "
             "a zone: in UTC); several joined by `|`. Paths as in `ignore`.",
      .example = "{ .temperature: round(1), .tags: \"set\" }" },
    { .key = "deadband",
      .type = OPTION_DEADBAND,
      .offset = offsetof(struct source_settings, rules.deadband),
      .flags = OPTION_NOISE,
      .doc = "How far a number has to be from the value that was told last before it counts: a "
             "number, or a percentage of that value. What drifts slowly is told when it is far "
             "enough. Paths as in `ignore`.",
      .example = "{ .temperature: 0.5, .volume: 2% }" },
    { .key = "when",
      .type = OPTION_EXPR,
      .offset = offsetof(struct source_settings, rules.when),
      .flags = OPTION_NOISE,
      .doc =
          "A change is told only when this is neither false nor null; it sees `.before` (as told "
          "last; null for a new item), `.after` (null for one that is gone) and `.changes`. "
          "When it fails on a change, the change is told.",
      .example = ".after.price < .before.price" },
    { .key = "confirm",
      .type = OPTION_INT,
      .offset = offsetof(struct source_settings, rules.confirm),
      .flags = OPTION_NOISE,
      .preset = "1",
      .least = 1,
      .most = 1000,
      .doc = "A change is told when its document or item is not as told in so many polls in a row; "
             "one that is as told in between starts anew.",
      .example = "2" },
    { .key = "absent_for",
      .type = OPTION_INT,
      .offset = offsetof(struct source_settings, rules.absent_for),
      .flags = OPTION_NOISE,
      .preset = "1",
      .least = 1,
      .most = 1000,
      .doc = "An item is told deleted when it is missing in so many polls in a row.",
      .example = "3" },
    { .key = "remember_states",
      .type = OPTION_INT,
      .offset = offsetof(struct source_settings, rules.remember_states),
      .flags = OPTION_NOISE,
      .preset = "0",
      .least = 0,
      .most = 15,
      .doc = "Against flapping: a document or item that goes back to one of so many states told "
             "before is told again only when it stays there for one poll more than that.",
      .example = "2" },
    { .key = "cooldown",
      .type = OPTION_DURATION,
      .offset = offsetof(struct source_settings, rules.cooldown_ms),
      .flags = OPTION_NOISE,
      .preset = "0s",
      .least = 0,
      .most = 366 * DAY,
      .doc = "For so long after a poll that told changes the source tells none; at the end what is "
             "different by then is told.",
      .example = "10m" },
    { .key = "min_event_interval",
      .type = OPTION_DURATION,
      .offset = offsetof(struct source_settings, rules.min_event_interval_ms),
      .flags = OPTION_NOISE,
      .preset = "0s",
      .least = 0,
      .most = 366 * DAY,
      .doc = "The same for each item (or the document) by itself.",
      .example = "1h" },
    { .key = "max_events_per_poll",
      .type = OPTION_INT,
      .offset = offsetof(struct source_settings, rules.max_events_per_poll),
      .preset = "100",
      .least = 1,
      .most = 1000000,
      .doc = "When more items than this changed, they are told as events of the type `batch`, so "
             "many items a page, to every sink that listens to `batch` or to any type of item.",
      .example = "500" },
    { .key = "optional",
      .type = OPTION_BOOL,
      .offset = offsetof(struct source_settings, rules.optional),
      .preset = "false",
      .doc = "Whether a `select` or `items` that finds nothing is an empty document instead of a "
             "failed poll.",
      .example = "true" },
    { .key = "first_run",
      .type = OPTION_ENUM,
      .offset = offsetof(struct source_settings, rules.first_run),
      .preset = "baseline",
      .names = first_run_names,
      .doc = "What the first accepted document tells: `baseline` nothing, `snapshot` one "
             "document.changed, `items` one item.created for each item.",
      .example = "items" },
    { .key = "for_each",
      .type = OPTION_TABLE,
      .offset = offsetof(struct source_settings, for_each),
      .flags = OPTION_LIST_ALONE,
      .table = &for_each_options,
      .doc = "Polls the source once for each of these, with `{{ member }}` in its `url` and the "
             "like filled in: a list of mappings, or where to find them.",
      .example = "[{ region: eu }, { region: us }]" },
    { .key = "guard",
      .type = OPTION_TABLE,
      .offset = offsetof(struct source_settings, rules.guard),
      .table = &guard_options,
      .doc = "What is too strange to be believed.",
      .example = "{ max_removed: 30% }" },
};
const struct option_table source_options = {
    .name = "source",
    .doc = "What is polled, how often, and what counts as a change.",
    OPTION_TABLE_OF(struct source_settings, source_option_list),
};

static const struct option retry_option_list[] = {
    { .key = "schedule",
      .type = OPTION_DURATIONS,
      .offset = offsetof(struct retry_settings, schedule),
      .preset = "5s 5m 30m 2h 5h 10h 14h 20h 24h",
      .least = 1,
      .most = 30 * DAY,
      .doc = "Waits before the second and every later attempt; each is stretched by up to 20 % at "
             "random and never shortened.",
      .example = "[5s, 1m, 10m]" },
    { .key = "final_statuses",
      .type = OPTION_STATUSES,
      .offset = offsetof(struct retry_settings, final_statuses),
      .preset = "410",
      .doc = "Answers after which a delivery is not tried again.",
      .example = "[400, 410]" },
};
static const struct option_table retry_options = {
    .name = "sink.retry",
    .doc = "When a failed delivery is tried again.",
    OPTION_TABLE_OF(struct retry_settings, retry_option_list),
};

static const struct option sink_limit_option_list[] = {
    { .key = "in_flight",
      .type = OPTION_INT,
      .offset = offsetof(struct sink_limit_settings, in_flight),
      .preset = "8",
      .least = 1,
      .most = 1000,
      .doc = "Attempts under way at once.",
      .example = "8" },
    { .key = "rate",
      .type = OPTION_INT,
      .offset = offsetof(struct sink_limit_settings, rate),
      .preset = "0",
      .least = 0,
      .most = 100000,
      .doc = "Attempts that may begin in every stretch of `per`, spread evenly; 0 means no limit. "
             "Waiting for it is no attempt.",
      .example = "10" },
    { .key = "per",
      .type = OPTION_DURATION,
      .offset = offsetof(struct sink_limit_settings, per_ms),
      .preset = "1s",
      .least = SECOND,
      .most = DAY,
      .doc = "The time that `rate` is for.",
      .example = "1m" },
};
static const struct option_table sink_limit_options = {
    .name = "sink.limits",
    .doc = "How much at once, and how fast.",
    OPTION_TABLE_OF(struct sink_limit_settings, sink_limit_option_list),
};

static const char *const ordering_names[] = {
    [SINK_ORDERING_KEY] = "key",
    [SINK_ORDERING_NONE] = "none",
    [SINK_ORDERING_SINK] = "sink",
    NULL,
};

static const char *const coalesce_names[] = {
    [SINK_COALESCE_NONE] = "none",
    [SINK_COALESCE_LATEST] = "latest",
    NULL,
};

static const struct option sink_option_list[] = {
    { .key = "sources",
      .type = OPTION_STRINGS,
      .offset = offsetof(struct sink_settings, sources),
      .doc = "Names of the sources this sink listens to, `*` and `?` are wild; all when absent.",
      .example = "[madrid-weather, \"orders*\"]" },
    { .key = "types",
      .type = OPTION_STRINGS,
      .offset = offsetof(struct sink_settings, types),
      .doc = "Types of the events this sink listens to, `*` and `?` are wild; all when absent, but "
             "for `sink.disabled`, which is told only to sinks that name it (`sink.disabled` or "
             "`sink.*`), whatever their `sources`.",
      .example = "[document.changed, \"item.*\"]" },
    { .key = "filter",
      .type = OPTION_FILTER,
      .offset = offsetof(struct sink_settings, filter),
      .doc =
          "Conditions on the members of an event, all of which must fit: a value for equality, or "
          "`$eq`, `$ne`, `$gt`, `$gte`, `$lt`, `$lte`, `$in`, `$nin`, `$startsWith`, `$exist`, "
          "`$and`, `$or` and `$not`. Of a list any element may fit.",
      .example = "{ data: { after: { status: paid, total: { $gte: 100 } } } }" },
    { .key = "when",
      .type = OPTION_EXPR,
      .offset = offsetof(struct sink_settings, when),
      .flags = OPTION_FILE_ONLY,
      .doc = "A jq expression with the event as its input, for conditions that `filter` cannot "
             "say; false, null and no result keep the event from this sink. Both must fit when "
             "both are there. An event for which it fails is sent, with a warning in the log: what "
             "cannot be judged is not lost.",
      .example = "\".data.after.total > .data.before.total * 1.1\"" },
    { .key = "retry",
      .type = OPTION_TABLE,
      .offset = offsetof(struct sink_settings, retry),
      .table = &retry_options,
      .doc = "When a failed delivery is tried again.",
      .example = "{ schedule: [5s, 1m, 10m] }" },
    { .key = "limits",
      .type = OPTION_TABLE,
      .offset = offsetof(struct sink_settings, limits),
      .table = &sink_limit_options,
      .doc = "How much at once, and how fast.",
      .example = "{ in_flight: 2, rate: 10, per: 1s }" },
    { .key = "ordering",
      .type = OPTION_ENUM,
      .offset = offsetof(struct sink_settings, ordering),
      .preset = "key",
      .names = ordering_names,
      .doc = "What arrives in order: with `key` the events of one item (of one source, where an "
             "event has no key), so that one that fails holds back only those behind it; with "
             "`none` nothing waits for anything; with `sink` every event waits for the one before.",
      .example = "sink" },
    { .key = "coalesce",
      .type = OPTION_ENUM,
      .offset = offsetof(struct sink_settings, coalesce),
      .preset = "none",
      .names = coalesce_names,
      .doc = "With `latest` updates of one item that wait behind each other, because the sink is "
             "slow, rests, fails or is disabled, are delivered as one `item.updated`: `before` is "
             "that of the oldest, everything else the newest's, and `data.coalesced_count` says "
             "how many they were. Only what was never tried; a creation or deletion between them "
             "keeps its place. The other deliveries are `canceled` and name the one that carries "
             "them; their events stay listed. Needs `ordering: key`.",
      .example = "latest" },
    { .key = "disable_after",
      .type = OPTION_DURATION,
      .offset = offsetof(struct sink_settings, disable_after_ms),
      .preset = "5d",
      .least = SECOND,
      .most = 366 * DAY,
      .doc =
          "A sink that took nothing for so long, in at least 10 attempts, is disabled, and so is "
          "one that answers 410 (or `webhook-delivery: disable`) twice, a minute or more apart. "
          "Its deliveries are held, none is lost, and sinks whose `types` name `sink.*` get "
          "`sink.disabled`.",
      .example = "2d" },
};
const struct option_table sink_options = {
    .name = "sink",
    .doc = "Where events go.",
    OPTION_TABLE_OF(struct sink_settings, sink_option_list),
};

struct settings *settings_ref(struct settings *settings)
{
    (void)__atomic_add_fetch(&settings->refs, 1, __ATOMIC_RELAXED);
    return settings;
}

static void driver_settings_free(const struct option_table *table, void *driver_settings)
{
    if (driver_settings) {
        option_table_deinit(table, driver_settings);
        free(driver_settings);
    }
}

static void auth_deinit(struct auth_settings *auth)
{
    if (auth->driver) {
        driver_settings_free(auth->driver->options, auth->driver_settings);
    }
    free(auth->name);
}

static void source_deinit(struct source_settings *source)
{
    instance_list_deinit(&source->instances);
    if (source->driver) {
        driver_settings_free(source->driver->options, source->driver_settings);
    }
    free(source->name);
    option_table_deinit(&source_options, source);
}

static void sink_deinit(struct sink_settings *sink)
{
    if (sink->driver) {
        driver_settings_free(sink->driver->options, sink->driver_settings);
    }
    free(sink->name);
    option_table_deinit(&sink_options, sink);
}

static void api_token_deinit(struct token_settings *token)
{
    free(token->name);
    option_table_deinit(&token_options, token);
}

static void limit_deinit(struct limit_settings *limit)
{
    free(limit->host);
    option_table_deinit(&limit_options, limit);
}

#define DEINIT_EACH(deinit, array, n)                                                              \
    do {                                                                                           \
        for (size_t i_ = 0; i_ < (n); i_++) {                                                      \
            deinit(&(array)[i_]);                                                                  \
        }                                                                                          \
        free(array);                                                                               \
    } while (0)

static void drop_secret(struct secret *secret)
{
    secret_unregister(secret->data, secret->len);
    secret_deinit(secret);
}

static void composed_free(struct settings *settings)
{
    for (size_t i = 0; i < settings->part_count; i++) {
        (void)settings_unref(settings->parts[i]);
    }
    free(settings->parts);
    free(settings->sinks);
    free(settings);
}

static void settings_free(struct settings *settings)
{
    if (settings->parts) {
        composed_free(settings);
        return;
    }
    DEINIT_EACH(sink_deinit, settings->sinks, settings->sink_count);
    DEINIT_EACH(source_deinit, settings->sources, settings->source_count);
    DEINIT_EACH(auth_deinit, settings->auths, settings->auth_count);
    DEINIT_EACH(limit_deinit, settings->limits, settings->limit_count);
    DEINIT_EACH(api_token_deinit, settings->tokens, settings->token_count);
    option_table_deinit(&default_options, &settings->defaults);
    address_ranges_deinit(&settings->egress.open);
    option_table_deinit(&egress_options, &settings->egress);
    option_table_deinit(&store_options, &settings->store);
    option_table_deinit(&server_options, &settings->server);
    DEINIT_EACH(drop_secret, settings->secrets, settings->secret_count);
    for (size_t i = 0; i < settings->secret_file_count; i++) {
        free(settings->secret_files[i].path);
    }
    free(settings->secret_files);
    free(settings->file);
    free(settings);
}

struct settings *settings_unref(struct settings *settings)
{
    if (settings && __atomic_sub_fetch(&settings->refs, 1, __ATOMIC_ACQ_REL) == 0) {
        settings_free(settings);
    }
    return NULL;
}

bool settings_has_token(const struct settings *settings)
{
    return settings && (settings->server.token.len > 0 || settings->token_count > 0);
}

// All named structs begin with their name.
_Static_assert(offsetof(struct source_settings, name) == 0, "searched by its first member");
_Static_assert(offsetof(struct sink_settings, name) == 0, "searched by its first member");

static int compare_name(const void *key, const void *element)
{
    return strcmp(key, *(const char *const *)element);
}

const struct source_settings *settings_find_source(const struct settings *settings,
                                                   const char *name)
{
    if (settings->source_count == 0) {
        return NULL;
    }
    return bsearch(name, settings->sources, settings->source_count, sizeof(*settings->sources),
                   compare_name);
}

const struct sink_settings *settings_find_sink(const struct settings *settings, const char *name)
{
    if (settings->sink_count == 0) {
        return NULL;
    }
    return bsearch(name, settings->sinks, settings->sink_count, sizeof(*settings->sinks),
                   compare_name);
}
