// The options that all kinds of sources have.

#include "bridge/spi/settings.h"

#include <stddef.h>

#define SECOND ((int64_t)1000)
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)

const char *const settings_first_run_names[] = { "baseline", "snapshot", "items", NULL };

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
      .names = settings_first_run_names,
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
