#include "bridge/store/query.h"

#include <assert.h>
#include <errno.h>
#include <sqlite3.h>
#include <string.h>

#define HASH_BYTES 16

static void keep_error(struct query *query, int error)
{
    if (query->error == 0) {
        query->error = error;
    }
}

void query_begin(struct query *query, struct database *db, enum statement id)
{
    *query = (struct query){ .db = db };
    keep_error(query, database_statement(db, id, &query->statement));
}

static void bind_result(struct query *query, int result)
{
    keep_error(query, database_errno(query->db, result));
}

void query_bind_i64(struct query *query, int64_t value)
{
    bind_result(query, sqlite3_bind_int64(query->statement, ++query->bound, value));
}

void query_bind_text(struct query *query, const char *text)
{
    bind_result(query,
                sqlite3_bind_text(query->statement, ++query->bound, text, -1, SQLITE_STATIC));
}

void query_bind_blob(struct query *query, const void *data, size_t len)
{
    // A NULL pointer would bind NULL, which is not the same as nothing in it.
    bind_result(query, sqlite3_bind_blob64(query->statement, ++query->bound, len ? data : "", len,
                                           SQLITE_STATIC));
}

void query_bind_null(struct query *query)
{
    bind_result(query, sqlite3_bind_null(query->statement, ++query->bound));
}

// Little-endian, low half first, so that a database moves between machines.
static void hash_encode(struct hash128 hash, unsigned char ret[HASH_BYTES])
{
    for (int i = 0; i < 8; i++) {
        ret[i] = (unsigned char)(hash.low >> (8 * i));
        ret[8 + i] = (unsigned char)(hash.high >> (8 * i));
    }
}

static struct hash128 hash_decode(const unsigned char from[HASH_BYTES])
{
    struct hash128 hash = { 0 };
    for (int i = 0; i < 8; i++) {
        hash.low |= (uint64_t)from[i] << (8 * i);
        hash.high |= (uint64_t)from[8 + i] << (8 * i);
    }
    return hash;
}

void query_bind_hash(struct query *query, struct hash128 hash)
{
    if (hash128_is_zero(hash)) {
        query_bind_null(query);
        return;
    }
    unsigned char encoded[HASH_BYTES];
    hash_encode(hash, encoded);
    bind_result(query, sqlite3_bind_blob(query->statement, ++query->bound, encoded, HASH_BYTES,
                                         SQLITE_TRANSIENT));
}

int query_step(struct query *query)
{
    if (query->error < 0) {
        return query->error;
    }
    query->column = 0;
    int result = sqlite3_step(query->statement);
    if (result == SQLITE_ROW) {
        return 1;
    }
    int r = database_errno(query->db, result);
    keep_error(query, r);
    return r;
}

int query_end(struct query *query, int result)
{
    if (query->statement) {
        (void)sqlite3_reset(query->statement);
    }
    if (query->error < 0) {
        return query->error;
    }
    return result < 0 ? result : 0;
}

int query_run(struct query *query)
{
    int r = query_step(query);
    assert(r <= 0);
    return query_end(query, r);
}

int64_t query_i64(struct query *query)
{
    return sqlite3_column_int64(query->statement, query->column++);
}

bool query_is_null(struct query *query)
{
    return sqlite3_column_type(query->statement, query->column) == SQLITE_NULL;
}

const void *query_blob(struct query *query, size_t *ret_len)
{
    const void *data = sqlite3_column_blob(query->statement, query->column);
    *ret_len = (size_t)sqlite3_column_bytes(query->statement, query->column);
    query->column++;
    return data;
}

const char *query_text(struct query *query)
{
    return (const char *)sqlite3_column_text(query->statement, query->column++);
}

struct hash128 query_hash(struct query *query)
{
    size_t len;
    const unsigned char *data = query_blob(query, &len);
    if (len == 0) {
        return (struct hash128){ 0 };
    }
    if (len != HASH_BYTES) {
        keep_error(query, -EUCLEAN);
        return (struct hash128){ 0 };
    }
    return hash_decode(data);
}

void query_text_dup(struct query *query, char **ret)
{
    const unsigned char *text = sqlite3_column_text(query->statement, query->column);
    bool is_null = !text && query_is_null(query);
    query->column++;
    *ret = text ? strdup((const char *)text) : NULL;
    if (!*ret && !is_null) {
        keep_error(query, -ENOMEM);
    }
}

void query_text_copy(struct query *query, char *ret, size_t size)
{
    const unsigned char *text = sqlite3_column_text(query->statement, query->column++);
    size_t len = text ? strlen((const char *)text) : 0;
    if (len >= size) {
        keep_error(query, -EUCLEAN);
        len = 0;
    }
    if (len > 0) {
        memcpy(ret, text, len);
    }
    ret[len] = '\0';
}

void query_bytes_dup(struct query *query, struct bytes *ret)
{
    size_t len;
    const void *data = query_blob(query, &len);
    *ret = (struct bytes){ 0 };
    if (len > 0) {
        keep_error(query, data ? bytes_dup(ret, data, len) : -ENOMEM);
    }
}

int query_run_plain(struct database *db, enum statement id)
{
    struct query q;
    query_begin(&q, db, id);
    return query_run(&q);
}

void query_rollback(struct database *db)
{
    if (database_in_transaction(db)) {
        int r = query_run_plain(db, STATEMENT_ROLLBACK);
        (void)r; // the next BEGIN fails if it did not work, and says why
    }
}

int query_number(struct database *db, enum statement id, int64_t *ret)
{
    struct query q;
    query_begin(&q, db, id);
    int r = query_step(&q);
    if (r > 0) {
        *ret = query_i64(&q);
    }
    return query_end(&q, r == 0 ? -ENODATA : r);
}
