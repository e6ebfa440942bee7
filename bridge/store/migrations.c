#include "bridge/store/migrations.h"

#include <errno.h>
#include <stdint.h>

#include "bridge/store/database.h"
#include "bridge/store/query.h"

static const char sources_and_snapshots[] =
    "PRAGMA application_id = 1886151282;"
    "CREATE TABLE source ("
    " id INTEGER PRIMARY KEY,"
    " name TEXT NOT NULL UNIQUE,"
    " version INTEGER NOT NULL,"
    " sequence INTEGER NOT NULL,"
    " last_event_id TEXT,"
    " has_snapshot INTEGER NOT NULL,"
    " failing_told INTEGER NOT NULL,"
    " held_told INTEGER NOT NULL,"
    " rules BLOB,"
    " fingerprint BLOB,"
    " body_hash BLOB,"
    " request BLOB,"
    " etag TEXT,"
    " last_modified TEXT,"
    " last_poll_at_ms INTEGER NOT NULL,"
    " last_success_at_ms INTEGER NOT NULL,"
    " last_full_at_ms INTEGER NOT NULL,"
    " failing_since_ms INTEGER NOT NULL,"
    " failures INTEGER NOT NULL"
    ") STRICT;"
    // Apart from the source, whose row is small and written often. Packed, see pack.h; raw of no
    // length stands for the document.
    "CREATE TABLE snapshot ("
    " source_id INTEGER PRIMARY KEY REFERENCES source (id) ON DELETE CASCADE,"
    " document BLOB NOT NULL,"
    " raw BLOB,"
    " rules BLOB"
    ") STRICT;"
    "PRAGMA user_version = 1;";

// Ids are never used twice (AUTOINCREMENT), also not after the newest rows were pruned: they are
// the places where readers continue.
static const char events[] =
    "CREATE TABLE event ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " public_id TEXT NOT NULL UNIQUE,"
    " source_id INTEGER NOT NULL REFERENCES source (id),"
    " source_name TEXT," // when the event names another source than its instance's own name
    " sequence INTEGER NOT NULL,"
    " type TEXT NOT NULL,"
    " key TEXT,"
    " at_ms INTEGER NOT NULL,"
    " body BLOB NOT NULL"
    ") STRICT;"
    "CREATE INDEX event_by_time ON event (at_ms);"
    "PRAGMA user_version = 2;";

// A waiting delivery stands in delivery_ready when it may go at once, else in both timed indexes:
// by time for the next one due, by id for the oldest of very many. Settled ones are in none, so
// history costs nothing.
static const char deliveries[] =
    "CREATE TABLE sink (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;"
    "CREATE TABLE delivery ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " event_id INTEGER NOT NULL REFERENCES event (id) ON DELETE CASCADE,"
    " sink_id INTEGER NOT NULL REFERENCES sink (id),"
    " state INTEGER NOT NULL,"
    " lane TEXT,"
    " attempts INTEGER NOT NULL,"
    " next_at_ms INTEGER NOT NULL"
    ") STRICT;"
    "CREATE INDEX delivery_by_event ON delivery (event_id);"
    "CREATE INDEX delivery_ready ON delivery (sink_id)"
    " WHERE state IN (0, 1) AND next_at_ms = 0;"
    "CREATE INDEX delivery_timed ON delivery (sink_id, next_at_ms)"
    " WHERE state IN (0, 1) AND next_at_ms <> 0;"
    "CREATE INDEX delivery_timed_by_id ON delivery (sink_id, id, next_at_ms)"
    " WHERE state IN (0, 1) AND next_at_ms <> 0;"
    "CREATE INDEX delivery_held ON delivery (sink_id) WHERE state = 2;"
    // Only where a sink gets something else than the event's body; apart, because the row of the
    // delivery is written again with every attempt.
    "CREATE TABLE encoded ("
    " delivery_id INTEGER PRIMARY KEY REFERENCES delivery (id) ON DELETE CASCADE,"
    " error TEXT,"
    " headers BLOB,"
    " body BLOB"
    ") STRICT;"
    "CREATE TABLE attempt ("
    " delivery_id INTEGER NOT NULL REFERENCES delivery (id) ON DELETE CASCADE,"
    " number INTEGER NOT NULL,"
    " at_ms INTEGER NOT NULL,"
    " duration_ms INTEGER NOT NULL,"
    " status INTEGER NOT NULL,"
    " error_code TEXT,"
    " response BLOB,"
    " PRIMARY KEY (delivery_id, number)"
    ") STRICT, WITHOUT ROWID;"
    "PRAGMA user_version = 3;";

// What is known of a sink's health outlives the process; see struct sink_health.
static const char sink_health[] =
    "ALTER TABLE sink ADD COLUMN failing_since_ms INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE sink ADD COLUMN failures INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE sink ADD COLUMN gone_at_ms INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE sink ADD COLUMN disabled_at_ms INTEGER NOT NULL DEFAULT 0;"
    "PRAGMA user_version = 4;";

// What servers gave in place of configured secrets; see struct renewal.
static const char renewals[] = "CREATE TABLE renewal ("
                               " auth TEXT PRIMARY KEY,"
                               " seed BLOB NOT NULL,"
                               " value BLOB NOT NULL"
                               ") STRICT, WITHOUT ROWID;"
                               "PRAGMA user_version = 5;";

// By whom people look at events and deliveries. Settled deliveries that failed are few, and what a
// person looks for first.
static const char listings[] =
    "CREATE INDEX event_by_source ON event (source_id);"
    "CREATE INDEX event_by_source_name ON event (source_name) WHERE source_name IS NOT NULL;"
    "CREATE INDEX delivery_by_sink ON delivery (sink_id);"
    "CREATE INDEX delivery_failed ON delivery (sink_id) WHERE state = 4;"
    "PRAGMA user_version = 6;";

// Changes that wait to be told, beside the snapshot they are counted against; see poll/noise.h.
static const char waiting_changes[] =
    "ALTER TABLE snapshot ADD COLUMN noise BLOB;"
    "ALTER TABLE source ADD COLUMN noise_due_ms INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE source ADD COLUMN noise_counts INTEGER NOT NULL DEFAULT 0;"
    "PRAGMA user_version = 7;";

// A recovery's sink is a name: it may be one that never had a delivery. Lists of globs have a line
// for each. Answers are looked up by key, and leave by time.
static const char recoveries[] =
    "CREATE TABLE recovery ("
    " id INTEGER PRIMARY KEY,"
    " public_id TEXT NOT NULL UNIQUE,"
    " sink TEXT NOT NULL,"
    " event_id TEXT NOT NULL,"
    " sources TEXT NOT NULL,"
    " types TEXT NOT NULL,"
    " statuses INTEGER NOT NULL,"
    " since_ms INTEGER NOT NULL,"
    " until_ms INTEGER NOT NULL,"
    " created_at_ms INTEGER NOT NULL,"
    " finished_at_ms INTEGER NOT NULL,"
    " after_at_ms INTEGER NOT NULL,"
    " after_id INTEGER NOT NULL,"
    " added INTEGER NOT NULL"
    ") STRICT;"
    "CREATE INDEX recovery_open ON recovery (id) WHERE finished_at_ms = 0;"
    "CREATE TABLE answer ("
    " key TEXT PRIMARY KEY,"
    " request BLOB,"
    " status INTEGER NOT NULL,"
    " body BLOB NOT NULL,"
    " at_ms INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX answer_by_time ON answer (at_ms);"
    "PRAGMA user_version = 8;";

static const char managed_sinks[] = "CREATE TABLE managed_sink ("
                                    " name TEXT PRIMARY KEY,"
                                    " settings TEXT NOT NULL,"
                                    " created_at_ms INTEGER NOT NULL,"
                                    " updated_at_ms INTEGER NOT NULL,"
                                    " rotated_until_ms INTEGER NOT NULL"
                                    ") STRICT, WITHOUT ROWID;"
                                    "PRAGMA user_version = 9;";

// What an API asked for holds after a restart, too. rest_by is a number of enum poll_pace.
static const char source_rests[] =
    "ALTER TABLE source ADD COLUMN rest_until_ms INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE source ADD COLUMN rest_by INTEGER NOT NULL DEFAULT 0;"
    "PRAGMA user_version = 10;";

// How long nothing changed. What is there already is as old as nobody knows.
static const char source_changes[] =
    "ALTER TABLE source ADD COLUMN changed_at_ms INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE source ADD COLUMN stale_told INTEGER NOT NULL DEFAULT 0;"
    "PRAGMA user_version = 11;";

static const char paused_sources[] =
    "ALTER TABLE source ADD COLUMN paused_at_ms INTEGER NOT NULL DEFAULT 0;"
    "PRAGMA user_version = 12;";

// A key that was found in the items stays the key.
static const char found_keys[] = "ALTER TABLE snapshot ADD COLUMN key TEXT;"
                                 "PRAGMA user_version = 13;";

// Why nothing was told, for people who ask.
static const char suppressions[] =
    "CREATE TABLE suppression ("
    " source_id INTEGER NOT NULL REFERENCES source (id) ON DELETE CASCADE,"
    " rule TEXT NOT NULL,"
    " key TEXT NOT NULL,"
    " times INTEGER NOT NULL,"
    " first_at_ms INTEGER NOT NULL,"
    " last_at_ms INTEGER NOT NULL,"
    " reason TEXT NOT NULL,"
    " changes TEXT,"
    " PRIMARY KEY (source_id, rule, key)"
    ") STRICT, WITHOUT ROWID;"
    "PRAGMA user_version = 14;";

// What is known of instances that left the configuration is kept for a while; see struct departure.
static const char departures[] =
    "ALTER TABLE source ADD COLUMN left_at_ms INTEGER NOT NULL DEFAULT 0;"
    "PRAGMA user_version = 15;";

// Of one item that became one; see struct coalescence. How many events a delivery carries when it
// is not its own alone, and the number of the delivery that carries a canceled one.
static const char coalescences[] =
    "ALTER TABLE delivery ADD COLUMN carries INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE delivery ADD COLUMN carried_by INTEGER NOT NULL DEFAULT 0;"
    "PRAGMA user_version = 16;";

const struct migration store_migrations[] = {
    { 1, "sources and their snapshots", sources_and_snapshots },
    { 2, "events", events },
    { 3, "sinks, deliveries and attempts", deliveries },
    { 4, "the health of sinks", sink_health },
    { 5, "renewed secrets", renewals },
    { 6, "indexes of listings", listings },
    { 7, "changes that wait", waiting_changes },
    { 8, "recoveries, and answers to be repeated", recoveries },
    { 9, "sinks that come through the API", managed_sinks },
    { 10, "the rests of sources", source_rests },
    { 11, "the last changes of sources", source_changes },
    { 12, "paused sources", paused_sources },
    { 13, "keys that were found", found_keys },
    { 14, "suppressed changes", suppressions },
    { 15, "departures", departures },
    { 16, "coalesced deliveries", coalescences },
};
const size_t store_migration_count = ARRAY_LEN(store_migrations);

static int user_version(struct database *db, int64_t *ret)
{
    return database_number(db, "PRAGMA user_version", ret);
}

static int run_step(struct database *db, const struct migration *step)
{
    int r = query_run_plain(db, STATEMENT_BEGIN);
    if (r < 0) {
        return r;
    }
    int64_t version = 0;
    r = database_exec(db, step->sql);
    if (r == 0) {
        r = user_version(db, &version);
    }
    if (r == 0 && version != step->version) {
        r = -EINVAL;
    }
    if (r == 0) {
        r = query_run_plain(db, STATEMENT_COMMIT);
    }
    if (r < 0) {
        query_rollback(db);
    }
    return r;
}

int migrations_run(struct database *db, const struct migration *steps, size_t n)
{
    int64_t version;
    int r = user_version(db, &version);
    for (size_t i = 0; r == 0 && i < n; i++) {
        if (steps[i].version > version) {
            r = run_step(db, &steps[i]);
        }
    }
    return r;
}
