#pragma once
// One run of a prepared statement: bind in order, then run, or step and read the columns in order.
// Errors are kept until the end, so that a row of binds needs one check.
//
//   struct query q;
//   query_begin(&q, db, STATEMENT_SINK_BY_NAME);
//   query_bind_text(&q, name);
//   int r = query_step(&q);     // 1: a row
//   int64_t id = query_i64(&q);
//   r = query_end(&q, r);

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/base/buf.h"
#include "bridge/base/cleanup.h"
#include "bridge/base/hash.h"
#include "bridge/store/database.h"

struct query {
    struct database *db;
    struct sqlite3_stmt *statement;
    int bound;
    int column;
    int error; // the first one; 0 or -errno
};

void query_begin(struct query *query, struct database *db, enum statement id);

// What is bound by pointer is borrowed until the end of the query.
void query_bind_i64(struct query *query, int64_t value);
void query_bind_text(struct query *query, const char *text);             // NULL: NULL
void query_bind_blob(struct query *query, const void *data, size_t len); // never NULL
void query_bind_null(struct query *query);
void query_bind_hash(struct query *query, struct hash128 hash); // zero: NULL

// For statements that give no row: runs it and ends the query. 0 or -errno.
int query_run(struct query *query) MUST_CHECK;

// 1: there is a row; 0: no more; -errno.
int query_step(struct query *query) MUST_CHECK;
// The columns of the row, left to right.
int64_t query_i64(struct query *query);                            // NULL: 0
struct hash128 query_hash(struct query *query);                    // NULL: zero
void query_text_dup(struct query *query, char **ret);              // NULL: NULL
void query_text_copy(struct query *query, char *ret, size_t size); // NULL: ""; longer: an error
void query_bytes_dup(struct query *query, struct bytes *ret);      // NULL: empty
const void *query_blob(struct query *query, size_t *ret_len);      // borrowed until the next step
const char *query_text(struct query *query);                       // the same; NULL: NULL
bool query_is_null(struct query *query);                           // looks without moving on
// Ends it. Returns the first error of the query, else `result` when that is an error, else 0.
int query_end(struct query *query, int result) MUST_CHECK;

// Runs a statement without parameters and rows (BEGIN, COMMIT, …).
int query_run_plain(struct database *db, enum statement id) MUST_CHECK;
// Ends a transaction that failed, unless SQLite did so itself.
void query_rollback(struct database *db);
// The one number a statement without parameters gives.
int query_number(struct database *db, enum statement id, int64_t *ret) MUST_CHECK;
