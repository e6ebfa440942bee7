// The options that all kinds of sinks have.

#include "bridge/spi/settings.h"

#include <stddef.h>

#define SECOND ((int64_t)1000)
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)

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
