#pragma once
// The configuration in force: immutable, reference-counted, made by config/ from one YAML file.
//
// Names (of sources, sinks, auths) are unique within their kind: [A-Za-z0-9._-]{1,128}.
// A reference keeps everything below it alive; drivers borrow.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/base/cleanup.h"
#include "bridge/base/cron.h"
#include "bridge/base/file-mark.h"
#include "bridge/base/hash.h"
#include "bridge/base/secret.h"
#include "bridge/base/windows.h"
#include "bridge/model/address-range.h"
#include "bridge/model/event.h"
#include "bridge/model/http.h"
#include "bridge/spi/instances.h"
#include "bridge/spi/option.h"

struct auth_driver;
struct deadband;
struct expr;
struct normalize;
struct filter;
struct patterns;
struct sink_driver;
struct source_driver;

enum metrics_detail { // what has time series of its own
    METRICS_BY_SOURCE,
    METRICS_BY_INSTANCE,
    METRICS_OFF,
};

struct server_settings {
    char *listen;        // "address:port"; "off": no listener
    struct secret token; // of /v1, good for everything; empty: none
    int metrics;         // enum metrics_detail
};

enum token_scope { // each includes those before it
    TOKEN_READ,
    TOKEN_WRITE,
    TOKEN_ADMIN,
};

struct token_settings {
    char *name;
    struct secret token;
    int scope; // enum token_scope
};

struct retention_settings {
    int64_t age_ms;
    int64_t left_ms;
    uint64_t size_bytes;
};

struct store_settings {
    char *path;
    struct retention_settings retention;
};

struct egress_settings { // where untrusted targets may be
    struct string_list allow_cidrs;
    struct address_ranges open; // the same, read
    bool allow_http;
};

struct default_settings { // what a source takes where it says nothing itself
    int64_t interval_ms;
    int64_t timeout_ms;
    int first_run;
};

struct auth_settings {
    char *name;
    struct hash128 identity; // of all there is to it, secrets too: for comparison, never stored
    const struct auth_driver *driver;
    void *driver_settings; // the driver's own struct
};

struct limit_settings {
    char *host;       // as in the URL, with ":port" when it is not the default one
    int64_t requests; // per `per_ms`; 0: no budget
    int64_t per_ms;
    int64_t concurrency;
};

enum first_run {
    FIRST_RUN_BASELINE, // the first accepted document is told to nobody
    FIRST_RUN_SNAPSHOT, // it is told as one document.changed
    FIRST_RUN_ITEMS,    // every item of it is told as item.created
};

struct window_settings { // as written
    struct string_list days;
    char *from;
    char *to;
};

struct guard_settings {
    double max_removed; // fraction of the items that may go at once
    struct expr_list require;
    struct expr *error_when; // NULL: never
};

// How an answer becomes a document and what counts as a change.
struct change_rules {
    struct expr *select;  // document; NULL: the whole
    struct expr *items;   // collection; NULL: not a collection
    struct expr_list key; // empty with `items`: found in the items (poll/auto-key.h)
    struct patterns *ignore;
    struct normalize *normalize;
    struct deadband *deadband;
    struct expr *when; // over .before, .after and .changes; NULL: always
    int64_t confirm;   // polls in a row in which a change has to be seen
    int64_t absent_for;
    int64_t remember_states;
    int64_t cooldown_ms;
    int64_t min_event_interval_ms; // of one item
    int64_t max_events_per_poll;
    bool optional; // a selector that finds nothing is an empty document
    int first_run; // enum first_run
    struct guard_settings guard;
};

enum for_each_format {
    FOR_EACH_AUTO, // by the end of the file's name
    FOR_EACH_CSV,
    FOR_EACH_YAML,
    FOR_EACH_LINES,
};

// Where the instances of a source come from: one of list, file and source.
struct for_each_settings {
    char *list; // as JSON; given up when the instances are made
    char *file;
    int format;             // enum for_each_format
    char *source;           // the instances follow the items of this one
    struct headers members; // name of a member: its path in an element
    int64_t max;
};

struct source_settings {
    char *name;
    const struct source_driver *driver;
    void *driver_settings;
    const struct auth_settings *auth; // borrowed from the same settings; NULL: none
    int64_t interval_ms;     // with a schedule a minute, else the shortest distance of polls
    int64_t min_interval_ms; // 0: not adaptive
    int64_t max_interval_ms; // also the longest wait an answer may ask for
    struct cron cron;        // minutes 0: none
    struct time_zone *zone;  // of the schedule and the windows; NULL: UTC
    struct window_list windows;
    bool honor_cache;
    int64_t expect_change_ms; // 0: a source may be silent for ever
    struct change_rules rules;
    char *auth_name; // as written
    struct for_each_settings for_each;
    bool fans_out;                  // it has a for_each: it is polled as its instances only
    struct instance_list instances; // of a list or a file
    // Of every OPTION_RULES value; of those and every OPTION_NOISE value; of every OPTION_REQUEST
    // value and the auth's name, as written (after ${…}). An absent key counts as its default.
    struct hash128 document_hash;
    struct hash128 rules_hash;
    struct hash128 request_hash;
};

struct retry_settings {
    struct duration_list schedule;
    struct status_set final_statuses;
};

struct sink_limit_settings {
    int64_t in_flight;
    int64_t rate; // starts of attempts per `per_ms`; 0: as fast as it goes
    int64_t per_ms;
};

enum sink_ordering {
    SINK_ORDERING_KEY,  // deliveries of one item in order
    SINK_ORDERING_NONE, // each on its own
    SINK_ORDERING_SINK, // all of them in order
};

enum sink_coalesce {
    SINK_COALESCE_NONE,
    SINK_COALESCE_LATEST, // what waits of one item becomes one update
};

struct sink_settings {
    char *name;
    const struct sink_driver *driver;
    void *driver_settings;
    bool is_managed;            // it came through the API
    struct string_list sources; // globs; empty: all
    struct string_list types;
    struct filter *filter; // NULL: every event of those
    struct expr *when;     // the same
    struct retry_settings retry;
    struct sink_limit_settings limits;
    int ordering; // enum sink_ordering
    int coalesce; // enum sink_coalesce
    int64_t disable_after_ms;
};

struct secret_file {
    char *path;
    struct file_mark mark; // of what was read
};

struct settings {
    unsigned refs; // loop thread and load only; atomic by the functions below
    char *file;
    struct server_settings server;
    struct store_settings store;
    struct egress_settings egress;
    struct default_settings defaults;
    struct token_settings *tokens;
    size_t token_count;
    struct limit_settings *limits;
    size_t limit_count;
    struct auth_settings *auths;
    size_t auth_count;
    struct source_settings *sources; // sorted by name
    size_t source_count;
    struct sink_settings *sinks; // sorted by name
    size_t sink_count;
    // Of one that is composed (settings-compose.h): what the members above belong to.
    struct settings **parts;
    size_t part_count;
    struct secret *secrets; // texts registered to be struck out, until the settings are freed
    size_t secret_count;
    struct secret_file *secret_files; // sorted by path, each once
    size_t secret_file_count;
};

// Tables of the parts that belong to no driver. `type` is in none of them: it picks the driver.
extern const struct option_table server_options;
extern const struct option_table store_options;
extern const struct option_table egress_options;
extern const struct option_table default_options;
extern const struct option_table limit_options;
extern const struct option_table token_options;
extern const struct option_table source_options;     // common to all drivers
extern const struct option_table sink_options;       // common to all drivers
extern const char *const settings_first_run_names[]; // of enum first_run, NULL at the end

// The drivers a binary is built with; main.c names them.
struct drivers {
    const struct source_driver *const *sources; // NULL-terminated; the first is the default
    const struct sink_driver *const *sinks;
    const struct auth_driver *const *auths;
};

struct settings *settings_ref(struct settings *settings);
struct settings *settings_unref(struct settings *settings); // accepts NULL, returns NULL
#define AUTO_SETTINGS CLEANUP(settings_unrefp)
static inline void settings_unrefp(struct settings **settings)
{
    (void)settings_unref(*settings);
}

// False: without a token, processes of this machine may ask /v1.
bool settings_has_token(const struct settings *settings); // also of NULL

const struct source_settings *settings_find_source(const struct settings *settings,
                                                   const char *name); // NULL: none
const struct sink_settings *settings_find_sink(const struct settings *settings, const char *name);
