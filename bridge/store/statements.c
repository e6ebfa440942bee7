#include "bridge/store/statements.h"

#include "bridge/model/delivery.h"

// The numbers of the states are part of the schema: the partial indexes are built on them.
_Static_assert(DELIVERY_PENDING == 0 && DELIVERY_RETRYING == 1 && DELIVERY_HELD == 2 &&
                   DELIVERY_DELIVERED == 3 && DELIVERY_FAILED == 4 && DELIVERY_CANCELED == 5,
               "stored delivery states must keep their numbers");

#define SOURCE_NOTED_COLUMNS                                                                       \
    "failing_told, held_told, rules, fingerprint, body_hash, request, etag, last_modified, "       \
    "last_poll_at_ms, last_success_at_ms, last_full_at_ms, failing_since_ms, failures, "           \
    "rest_until_ms, rest_by, changed_at_ms, stale_told"

#define SOURCE_NOTED_SETS                                                                          \
    "failing_told = ?2, held_told = ?3, rules = ?4, fingerprint = ?5, body_hash = ?6, "            \
    "request = ?7, etag = ?8, last_modified = ?9, last_poll_at_ms = ?10, "                         \
    "last_success_at_ms = ?11, last_full_at_ms = ?12, failing_since_ms = ?13, failures = ?14, "    \
    "rest_until_ms = ?15, rest_by = ?16, changed_at_ms = ?17, stale_told = ?18"

// Waiting deliveries are split by whether they have a time to wait for; see the indexes. (Not
// "next_at_ms > 0": SQLite takes that for the range to search and walks over all that are due.)
#define READY "state IN (0, 1) AND next_at_ms = 0"
#define TIMED "state IN (0, 1) AND next_at_ms <> 0"

// The events of a source: under its own name, or by the name that its instances give. `beyond` and
// `order` are the direction.
#define EVENT_IDS_OF_SOURCE(beyond, order)                                                         \
    "SELECT id FROM (SELECT id FROM (SELECT id FROM event INDEXED BY event_by_source"              \
    "  WHERE source_id = (SELECT id FROM source WHERE name = ?1) AND id " beyond                   \
    " ?2 ORDER BY id " order " LIMIT ?3) UNION ALL"                                                \
    " SELECT id FROM (SELECT id FROM event INDEXED BY event_by_source_name"                        \
    "  WHERE source_name = ?1 AND id " beyond " ?2 ORDER BY id " order " LIMIT ?3))"               \
    " ORDER BY id " order " LIMIT ?3"

// Waiting ones stand in two indexes; `of` picks the sink.
#define WAITING_IDS(of, below, limit)                                                              \
    "SELECT id FROM (SELECT id FROM (SELECT id FROM delivery INDEXED BY delivery_ready"            \
    "  WHERE " of READY " AND id < " below " ORDER BY id DESC LIMIT " limit ") UNION ALL"          \
    " SELECT id FROM (SELECT id FROM delivery INDEXED BY delivery_timed_by_id"                     \
    "  WHERE " of TIMED " AND id < " below " ORDER BY id DESC LIMIT " limit "))"                   \
    " ORDER BY id DESC LIMIT " limit
#define RECOVERY_COLUMNS                                                                           \
    "public_id, sink, event_id, sources, types, statuses, since_ms, until_ms, created_at_ms, "     \
    "finished_at_ms, after_at_ms, after_id, added"
#define RECOVERY_EVENT_COLUMNS                                                                     \
    "event.id, at_ms, public_id, type, coalesce(source_name, source.name), event.sequence, key"

const char *const statement_texts[STATEMENTS] = {
    [STATEMENT_BEGIN] = "BEGIN IMMEDIATE",
    [STATEMENT_COMMIT] = "COMMIT",
    [STATEMENT_ROLLBACK] = "ROLLBACK",
    [STATEMENT_SAVEPOINT] = "SAVEPOINT one",
    [STATEMENT_SAVEPOINT_RELEASE] = "RELEASE one",
    [STATEMENT_SAVEPOINT_ROLLBACK] = "ROLLBACK TO one",

    [STATEMENT_SOURCE_BY_ID] =
        "SELECT id, version, sequence FROM source WHERE id = ?1 AND name = ?2",
    [STATEMENT_SOURCE_BY_NAME] = "SELECT id, version, sequence FROM source WHERE name = ?1",
    [STATEMENT_SOURCE_INSERT] =
        "INSERT INTO source (name, " SOURCE_NOTED_COLUMNS
        ", version, sequence, last_event_id, has_snapshot, noise_due_ms, noise_counts)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18,"
        " ?19, ?20, ?21, ?22, ?23, ?24)",
    [STATEMENT_SOURCE_UPDATE] =
        "UPDATE source SET " SOURCE_NOTED_SETS
        ", version = ?19, sequence = ?20, last_event_id = ?21, has_snapshot = ?22,"
        " noise_due_ms = ?23, noise_counts = ?24 WHERE id = ?1",
    [STATEMENT_SOURCE_NOTE] =
        "UPDATE source SET " SOURCE_NOTED_SETS " WHERE id = ?1 AND version = ?19",
    [STATEMENT_SOURCE_ALL] =
        "SELECT name, " SOURCE_NOTED_COLUMNS ", version, sequence, last_event_id, has_snapshot,"
        " noise_due_ms, noise_counts, id, paused_at_ms, left_at_ms"
        " FROM source ORDER BY name",
    [STATEMENT_SOURCE_PAUSE] = "UPDATE source SET paused_at_ms = ?2 WHERE id = ?1",

    [STATEMENT_SOURCE_DEPART] = "UPDATE source SET left_at_ms = ?2 WHERE name = ?1",
    [STATEMENT_SOURCE_DROP_SNAPSHOT] =
        "DELETE FROM snapshot WHERE source_id = (SELECT id FROM source WHERE name = ?1)",
    [STATEMENT_SOURCE_DROP] = "DELETE FROM source WHERE name = ?1 AND NOT EXISTS"
                              " (SELECT 1 FROM event WHERE source_id = source.id)",
    [STATEMENT_SOURCE_RESET] =
        "UPDATE source SET version = 0, sequence = 0, last_event_id = NULL, has_snapshot = 0,"
        " failing_told = 0, held_told = 0, rules = NULL, fingerprint = NULL, body_hash = NULL,"
        " request = NULL, etag = NULL, last_modified = NULL, last_poll_at_ms = 0,"
        " last_success_at_ms = 0, last_full_at_ms = 0, failing_since_ms = 0, failures = 0,"
        " noise_due_ms = 0, noise_counts = 0, rest_until_ms = 0, rest_by = 0, changed_at_ms = 0,"
        " stale_told = 0 WHERE name = ?1",

    [STATEMENT_SNAPSHOT_PUT] =
        "INSERT INTO snapshot (source_id, document, raw, rules, noise, key)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
        " ON CONFLICT (source_id) DO UPDATE SET document = excluded.document,"
        " raw = excluded.raw, rules = excluded.rules, noise = excluded.noise,"
        " key = excluded.key",
    [STATEMENT_SNAPSHOT_GET] = "SELECT document, raw, snapshot.rules, noise, key FROM snapshot"
                               " JOIN source ON source.id = source_id WHERE name = ?1",

    [STATEMENT_SUPPRESSION_PUT] =
        "INSERT INTO suppression (source_id, rule, key, times, first_at_ms, last_at_ms, reason,"
        " changes) VALUES (?1, ?2, ?3, 1, ?4, ?4, ?5, ?6) ON CONFLICT (source_id, rule, key)"
        " DO UPDATE SET times = times + 1, last_at_ms = excluded.last_at_ms,"
        " reason = excluded.reason, changes = excluded.changes",
    [STATEMENT_SUPPRESSION_TRIM] =
        "DELETE FROM suppression WHERE source_id = ?1 AND (rule, key) IN ("
        " SELECT rule, key FROM suppression WHERE source_id = ?1"
        " ORDER BY last_at_ms DESC, rule, key LIMIT -1 OFFSET ?2)",
    [STATEMENT_SUPPRESSION_LIST] =
        "SELECT rule, key, times, first_at_ms, last_at_ms, reason, changes FROM suppression"
        " JOIN source ON source.id = source_id WHERE name = ?1"
        " ORDER BY last_at_ms DESC, rule, key",

    [STATEMENT_EVENT_INSERT] =
        "INSERT INTO event (public_id, source_id, source_name, sequence, type, key, at_ms, body)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    [STATEMENT_EVENT_OLDEST] = "SELECT id, at_ms FROM event WHERE at_ms < ?1"
                               " AND (at_ms, id) > (?2, ?3) ORDER BY at_ms, id LIMIT ?4",
    [STATEMENT_EVENT_DELETE] = "DELETE FROM event WHERE id = ?1",
    [STATEMENT_EVENT_IDS_DOWN] = "SELECT id FROM event WHERE id < ?1 ORDER BY id DESC LIMIT ?2",
    [STATEMENT_EVENT_IDS_UP] = "SELECT id FROM event WHERE id > ?1 ORDER BY id LIMIT ?2",
    [STATEMENT_EVENT_IDS_OF_SOURCE_DOWN] = EVENT_IDS_OF_SOURCE("<", "DESC"),
    [STATEMENT_EVENT_IDS_OF_SOURCE_UP] = EVENT_IDS_OF_SOURCE(">", "ASC"),
    [STATEMENT_EVENT_ROW] = "SELECT public_id, type, coalesce(source_name, source.name),"
                            " event.sequence, at_ms, body FROM event"
                            " JOIN source ON source.id = source_id WHERE event.id = ?1",
    [STATEMENT_EVENT_BY_PUBLIC_ID] = "SELECT id FROM event WHERE public_id = ?1",
    // Not the very first by time: those stored at about the same time have their ids in any order.
    [STATEMENT_EVENT_FIRST_SINCE] = "SELECT min(id) FROM (SELECT id FROM event WHERE at_ms >= ?1"
                                    " ORDER BY at_ms LIMIT 1000)",
    [STATEMENT_EVENT_NEXT_OF_SOURCE] =
        "SELECT id, sequence FROM event INDEXED BY event_by_source WHERE source_id ="
        " (SELECT id FROM source WHERE name = ?1) AND id >= ?2 ORDER BY id LIMIT 1",
    [STATEMENT_EVENT_LAST_ID] = "SELECT coalesce(max(id), 0) FROM event",

    [STATEMENT_SINK_BY_NAME] = "SELECT id, disabled_at_ms FROM sink WHERE name = ?1",
    [STATEMENT_SINK_INSERT] = "INSERT INTO sink (name) VALUES (?1)",
    [STATEMENT_SINK_DEPTHS] =
        "WITH ready AS (SELECT sink_id, count(*) AS n, min(id) AS first FROM delivery"
        "  INDEXED BY delivery_ready WHERE " READY " GROUP BY sink_id),"
        " timed AS (SELECT sink_id, count(*) AS n, min(id) AS first FROM delivery"
        "  INDEXED BY delivery_timed_by_id WHERE " TIMED " GROUP BY sink_id),"
        " held AS (SELECT sink_id, count(*) AS n FROM delivery"
        "  INDEXED BY delivery_held WHERE state = 2 GROUP BY sink_id)"
        " SELECT name, coalesce(ready.n, 0) + coalesce(timed.n, 0), coalesce(held.n, 0),"
        " (SELECT at_ms FROM delivery JOIN event ON event.id = event_id WHERE delivery.id ="
        "  min(coalesce(ready.first, timed.first), coalesce(timed.first, ready.first))),"
        " failing_since_ms, failures, gone_at_ms, disabled_at_ms"
        " FROM sink LEFT JOIN ready ON ready.sink_id = sink.id"
        " LEFT JOIN timed ON timed.sink_id = sink.id LEFT JOIN held ON held.sink_id = sink.id"
        " ORDER BY name",

    [STATEMENT_SINK_NOTE] = "UPDATE sink SET failing_since_ms = ?2, failures = ?3, gone_at_ms = ?4,"
                            " disabled_at_ms = ?5 WHERE id = ?1",
    [STATEMENT_SINK_HOLD_READY] =
        "UPDATE delivery SET state = 2 WHERE id IN (SELECT id FROM delivery"
        "  INDEXED BY delivery_ready WHERE sink_id = ?1 AND " READY " ORDER BY id LIMIT ?2)",
    [STATEMENT_SINK_HOLD_TIMED] =
        "UPDATE delivery SET state = 2, next_at_ms = 0 WHERE id IN (SELECT id FROM delivery"
        "  INDEXED BY delivery_timed_by_id WHERE sink_id = ?1 AND " TIMED " ORDER BY id LIMIT ?2)",
    [STATEMENT_SINK_RELEASE] =
        "UPDATE delivery SET state = ?3, next_at_ms = 0 WHERE id IN (SELECT id FROM delivery"
        "  INDEXED BY delivery_held WHERE sink_id = ?1 AND state = 2 ORDER BY id LIMIT ?2)",

    [STATEMENT_DELIVERY_INSERT] =
        "INSERT INTO delivery (event_id, sink_id, state, lane, attempts, next_at_ms)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    [STATEMENT_DELIVERY_ENCODED_INSERT] =
        "INSERT INTO encoded (delivery_id, error, headers, body) VALUES (?1, ?2, ?3, ?4)",
    [STATEMENT_DELIVERY_ENCODED_DELETE] = "DELETE FROM encoded WHERE delivery_id = ?1",
    [STATEMENT_COALESCE_FITS] =
        "SELECT 1 FROM delivery JOIN event ON event.id = event_id"
        " LEFT JOIN encoded ON delivery_id = delivery.id WHERE delivery.id = ?1 AND state = 0"
        " AND attempts = 0 AND carries = 0 AND type = ?2 AND error IS NULL"
        " AND (source_id, key, lane) IS (SELECT source_id, key, lane FROM delivery"
        "  JOIN event ON event.id = event_id WHERE delivery.id = ?3)",
    [STATEMENT_COALESCE_EVENT] =
        "SELECT public_id, type, coalesce(source_name, source.name), event.sequence, key, at_ms,"
        " event.body FROM delivery JOIN event ON event.id = event_id"
        " JOIN source ON source.id = source_id WHERE delivery.id = ?1",
    [STATEMENT_COALESCE_CARRY] =
        "UPDATE delivery SET carries = ?2 WHERE id = ?1 AND state = 0 AND attempts = 0",
    [STATEMENT_COALESCE_CANCEL] =
        "UPDATE delivery SET state = 5, carried_by = ?2 WHERE id = ?1 AND state = 0"
        " AND attempts = 0",
    [STATEMENT_DELIVERY_READY] =
        "SELECT id FROM delivery INDEXED BY delivery_ready"
        " WHERE sink_id = ?1 AND " READY " AND id > ?2 ORDER BY id LIMIT ?3",
    [STATEMENT_DELIVERY_TIMED_COUNT] =
        "SELECT count(*) FROM (SELECT 1 FROM delivery INDEXED BY delivery_timed"
        " WHERE sink_id = ?1 AND " TIMED " AND next_at_ms <= ?2 LIMIT ?3)",
    [STATEMENT_DELIVERY_TIMED_FEW] = "SELECT id FROM delivery INDEXED BY delivery_timed"
                                     " WHERE sink_id = ?1 AND " TIMED " AND next_at_ms <= ?4"
                                     " AND id > ?2 ORDER BY id LIMIT ?3",
    [STATEMENT_DELIVERY_TIMED_MANY] = "SELECT id FROM delivery INDEXED BY delivery_timed_by_id"
                                      " WHERE sink_id = ?1 AND " TIMED " AND next_at_ms <= ?4"
                                      " AND id > ?2 ORDER BY id LIMIT ?3",
    [STATEMENT_DELIVERY_NEXT_DUE] = "SELECT min(next_at_ms) FROM delivery INDEXED BY delivery_timed"
                                    " WHERE sink_id = ?1 AND " TIMED " AND next_at_ms > ?2",
    [STATEMENT_DELIVERY_GET] =
        "SELECT state, lane, attempts, next_at_ms, public_id, type,"
        " coalesce(source_name, source.name), event.sequence, at_ms, error, headers,"
        " encoded.body IS NOT NULL, coalesce(encoded.body, event.body) FROM delivery"
        " JOIN event ON event.id = event_id JOIN source ON source.id = source_id"
        " LEFT JOIN encoded ON delivery_id = delivery.id WHERE delivery.id = ?1",
    [STATEMENT_DELIVERY_SETTLE] =
        "UPDATE delivery SET state = ?2, attempts = ?3, next_at_ms = ?4 WHERE id = ?1",
    [STATEMENT_DELIVERY_UNSETTLED_OF_EVENT] =
        "SELECT 1 FROM delivery WHERE event_id = ?1 AND state IN (0, 1, 2) LIMIT 1",
    [STATEMENT_DELIVERY_ID] = "SELECT id FROM delivery WHERE id = ?1 AND id < ?2 LIMIT ?3",
    [STATEMENT_DELIVERY_IDS] = "SELECT id FROM delivery WHERE id < ?1 ORDER BY id DESC LIMIT ?2",
    [STATEMENT_DELIVERY_IDS_OF_SINK] = "SELECT id FROM delivery INDEXED BY delivery_by_sink"
                                       " WHERE sink_id = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3",
    [STATEMENT_DELIVERY_IDS_OF_EVENT] =
        "SELECT id FROM delivery INDEXED BY delivery_by_event"
        " WHERE event_id = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3",
    [STATEMENT_DELIVERY_WAITING_IDS] = WAITING_IDS("", "?1", "?2"),
    [STATEMENT_DELIVERY_WAITING_IDS_OF_SINK] = WAITING_IDS("sink_id = ?1 AND ", "?2", "?3"),
    [STATEMENT_DELIVERY_HELD_IDS] = "SELECT id FROM delivery INDEXED BY delivery_held"
                                    " WHERE state = 2 AND id < ?1 ORDER BY id DESC LIMIT ?2",
    [STATEMENT_DELIVERY_HELD_IDS_OF_SINK] =
        "SELECT id FROM delivery INDEXED BY delivery_held"
        " WHERE sink_id = ?1 AND state = 2 AND id < ?2 ORDER BY id DESC LIMIT ?3",
    [STATEMENT_DELIVERY_FAILED_IDS] = "SELECT id FROM delivery INDEXED BY delivery_failed"
                                      " WHERE state = 4 AND id < ?1 ORDER BY id DESC LIMIT ?2",
    [STATEMENT_DELIVERY_FAILED_IDS_OF_SINK] =
        "SELECT id FROM delivery INDEXED BY delivery_failed"
        " WHERE sink_id = ?1 AND state = 4 AND id < ?2 ORDER BY id DESC LIMIT ?3",
    [STATEMENT_DELIVERY_ROW] =
        "SELECT state, sink.name, attempts, next_at_ms, public_id, type,"
        " coalesce(source_name, source.name), event.sequence, event.at_ms, error, attempt.at_ms,"
        " attempt.status, attempt.error_code, carries, carried_by FROM delivery"
        " JOIN sink ON sink.id = sink_id"
        " JOIN event ON event.id = event_id JOIN source ON source.id = source_id"
        " LEFT JOIN encoded ON encoded.delivery_id = delivery.id"
        " LEFT JOIN attempt ON attempt.delivery_id = delivery.id AND number = attempts"
        " WHERE delivery.id = ?1",
    [STATEMENT_ATTEMPT_ROWS] =
        "SELECT sink.name, public_id, number, attempt.at_ms, duration_ms, status, error_code,"
        " response FROM attempt JOIN delivery ON delivery.id = delivery_id"
        " JOIN sink ON sink.id = sink_id JOIN event ON event.id = event_id"
        " WHERE delivery_id = ?1 AND number < ?2 ORDER BY number DESC",
    [STATEMENT_ATTEMPT_PUT] = "INSERT OR REPLACE INTO attempt"
                              " (delivery_id, number, at_ms, duration_ms, status, error_code,"
                              " response) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",

    [STATEMENT_RENEWAL_PUT] = "INSERT OR REPLACE INTO renewal (auth, seed, value)"
                              " VALUES (?1, ?2, ?3)",
    [STATEMENT_RENEWAL_ALL] = "SELECT auth, seed, value FROM renewal ORDER BY auth",
    [STATEMENT_RECOVERY_INSERT] =
        "INSERT INTO recovery (public_id, sink, event_id, sources, types, statuses, since_ms,"
        " until_ms, created_at_ms, finished_at_ms, after_at_ms, after_id, added)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 0, ?10, ?11, 0)",
    [STATEMENT_RECOVERY_ADVANCE] =
        "UPDATE recovery SET after_at_ms = ?4, after_id = ?5, added = added + ?6,"
        " finished_at_ms = ?7 WHERE public_id = ?1 AND after_at_ms = ?2 AND after_id = ?3"
        " AND finished_at_ms = 0",
    [STATEMENT_RECOVERY_ALL_OPEN] =
        "SELECT " RECOVERY_COLUMNS " FROM recovery WHERE finished_at_ms = 0 ORDER BY id",
    [STATEMENT_RECOVERY_GET] = "SELECT " RECOVERY_COLUMNS " FROM recovery WHERE public_id = ?1",
    [STATEMENT_RECOVERY_FORGET] =
        "DELETE FROM recovery WHERE id IN (SELECT id FROM recovery"
        " WHERE created_at_ms < ?1 AND finished_at_ms <> 0 ORDER BY id LIMIT 10)",
    [STATEMENT_RECOVERY_EVENTS] =
        "SELECT " RECOVERY_EVENT_COLUMNS " FROM event JOIN source ON source.id = source_id"
        " WHERE at_ms < ?1 AND (at_ms, event.id) > (?2, ?3) ORDER BY at_ms, event.id LIMIT ?4",
    [STATEMENT_RECOVERY_EVENT] =
        "SELECT " RECOVERY_EVENT_COLUMNS " FROM event JOIN source ON source.id = source_id"
        " WHERE public_id = ?1",
    [STATEMENT_RECOVERY_LAST_DELIVERY] =
        "SELECT delivery.id, state, error IS NOT NULL FROM delivery"
        " LEFT JOIN encoded ON delivery_id = delivery.id"
        " WHERE event_id = ?1 AND sink_id = ?2 ORDER BY delivery.id DESC LIMIT 1",
    [STATEMENT_EVENT_BODY] = "SELECT body FROM event WHERE id = ?1",
    [STATEMENT_EVENT_EXISTS] = "SELECT 1 FROM event WHERE id = ?1",
    [STATEMENT_DELIVERY_COPY] =
        "INSERT INTO delivery (event_id, sink_id, state, lane, attempts, next_at_ms, carries)"
        " SELECT event_id, sink_id, ?2, lane, 0, 0, carries FROM delivery WHERE id = ?1",
    [STATEMENT_ENCODED_COPY] = "INSERT INTO encoded (delivery_id, error, headers, body)"
                               " SELECT ?2, error, headers, body FROM encoded"
                               " WHERE delivery_id = ?1",

    [STATEMENT_MANAGED_SINK_ALL] = "SELECT name, settings, created_at_ms, updated_at_ms,"
                                   " rotated_until_ms FROM managed_sink ORDER BY name",
    [STATEMENT_MANAGED_SINK_PUT] =
        "INSERT OR REPLACE INTO managed_sink (name, settings, created_at_ms, updated_at_ms,"
        " rotated_until_ms) VALUES (?1, ?2, ?3, ?4, ?5)",
    [STATEMENT_MANAGED_SINK_DELETE] = "DELETE FROM managed_sink WHERE name = ?1",

    [STATEMENT_ANSWER_GET] =
        "SELECT request, status, body, at_ms FROM answer WHERE key = ?1 AND at_ms >= ?2",
    [STATEMENT_ANSWER_PUT] = "INSERT OR REPLACE INTO answer (key, request, status, body, at_ms)"
                             " VALUES (?1, ?2, ?3, ?4, ?5)",
    [STATEMENT_ANSWER_FORGET] = "DELETE FROM answer WHERE key IN (SELECT key FROM answer"
                                " INDEXED BY answer_by_time WHERE at_ms < ?1 LIMIT 10)",

    [STATEMENT_PAGE_COUNT] = "PRAGMA page_count",
    [STATEMENT_FREE_PAGE_COUNT] = "PRAGMA freelist_count",
    [STATEMENT_PAGE_SIZE] = "PRAGMA page_size",
};
