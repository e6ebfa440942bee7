#include "bridge/store/database.h"

#include <errno.h>
#include <sqlite3.h>

#include "bridge/base/str.h"

#define BUSY_TIMEOUT_MS 5000 // another process (a shell, a backup) may hold the write lock briefly

// The big transactions of a batch spill early into the WAL rather than sit in memory.
static const char writer_pragmas[] = "PRAGMA synchronous = FULL;"
                                     "PRAGMA wal_autocheckpoint = 10000;"
                                     "PRAGMA journal_size_limit = 67108864;"
                                     "PRAGMA foreign_keys = ON;"
                                     "PRAGMA temp_store = MEMORY;"
                                     "PRAGMA cache_size = -4096;";

// Readers load one snapshot at a time, all over the file: a cache would only cost memory.
static const char reader_pragmas[] = "PRAGMA query_only = ON;"
                                     "PRAGMA temp_store = MEMORY;"
                                     "PRAGMA cache_size = -512;";

static int errno_of_io(const struct database *db)
{
    int system_error = sqlite3_system_errno(db->handle);
    if (system_error == ENOSPC || system_error == EDQUOT) {
        return -ENOSPC;
    }
    return system_error > 0 ? -system_error : -EIO;
}

static int errno_of_open(const struct database *db)
{
    int system_error = sqlite3_system_errno(db->handle);
    return system_error > 0 ? -system_error : -EACCES;
}

int database_errno(const struct database *db, int result)
{
    if (result == SQLITE_CONSTRAINT_UNIQUE || result == SQLITE_CONSTRAINT_PRIMARYKEY) {
        return -EEXIST;
    }
    switch (result & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE: return 0;
    case SQLITE_FULL: return -ENOSPC;
    case SQLITE_IOERR: return result == SQLITE_IOERR_NOMEM ? -ENOMEM : errno_of_io(db);
    case SQLITE_NOMEM: return -ENOMEM;
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return -EBUSY;
    case SQLITE_READONLY: return -EROFS;
    case SQLITE_PERM:
    case SQLITE_AUTH: return -EACCES;
    case SQLITE_CANTOPEN: return errno_of_open(db);
    case SQLITE_TOOBIG: return -EFBIG;
    case SQLITE_CORRUPT: return -EUCLEAN;
    case SQLITE_NOTADB: return -EMEDIUMTYPE;
    case SQLITE_CONSTRAINT: return -EINVAL;
    default: return -EIO;
    }
}

int database_open(struct database *ret, const char *path, enum database_mode mode)
{
    struct database db = { 0 };
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_PRIVATECACHE;
    flags |=
        mode == DATABASE_WRITER ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
    int result = sqlite3_open_v2(path, &db.handle, flags, NULL);
    if (result != SQLITE_OK) {
        int r = db.handle ? database_errno(&db, result) : -ENOMEM;
        database_close(&db);
        return r;
    }
    if (mode == DATABASE_WRITER && sqlite3_db_readonly(db.handle, "main") == 1) {
        database_close(&db); // SQLite falls back to that without a word
        return -EACCES;
    }
    (void)sqlite3_busy_timeout(db.handle, BUSY_TIMEOUT_MS);
    *ret = db;
    return 0;
}

void database_close(struct database *db)
{
    for (int i = 0; i < STATEMENTS; i++) {
        (void)sqlite3_finalize(db->statements[i]);
    }
    (void)sqlite3_close(db->handle);
    *db = (struct database){ 0 };
}

// A file system without shared memory maps refuses WAL by answering with another mode.
static int enter_wal(struct database *db)
{
    sqlite3_stmt *statement = NULL;
    int result = sqlite3_prepare_v2(db->handle, "PRAGMA journal_mode = WAL", -1, &statement, NULL);
    if (result == SQLITE_OK) {
        result = sqlite3_step(statement);
    }
    int r = database_errno(db, result);
    if (result == SQLITE_ROW && !str_eq((const char *)sqlite3_column_text(statement, 0), "wal")) {
        r = -EOPNOTSUPP;
    }
    (void)sqlite3_finalize(statement);
    return r;
}

int database_configure(struct database *db, enum database_mode mode)
{
    if (mode == DATABASE_READER) {
        return database_exec(db, reader_pragmas);
    }
    int r = enter_wal(db);
    return r < 0 ? r : database_exec(db, writer_pragmas);
}

int database_statement(struct database *db, enum statement id, struct sqlite3_stmt **ret)
{
    if (!db->statements[id]) {
        int result = sqlite3_prepare_v3(db->handle, statement_texts[id], -1,
                                        SQLITE_PREPARE_PERSISTENT, &db->statements[id], NULL);
        if (result != SQLITE_OK) {
            return database_errno(db, result);
        }
    }
    *ret = db->statements[id];
    return 0;
}

int database_prepare_all(struct database *db)
{
    for (int i = 0; i < STATEMENTS; i++) {
        struct sqlite3_stmt *statement;
        int r = database_statement(db, (enum statement)i, &statement);
        if (r < 0) {
            return r;
        }
    }
    return 0;
}

void database_checkpoint(struct database *db)
{
    (void)sqlite3_wal_checkpoint_v2(db->handle, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
}

int database_exec(struct database *db, const char *sql)
{
    return database_errno(db, sqlite3_exec(db->handle, sql, NULL, NULL, NULL));
}

int database_number(struct database *db, const char *sql, int64_t *ret)
{
    sqlite3_stmt *statement = NULL;
    int result = sqlite3_prepare_v2(db->handle, sql, -1, &statement, NULL);
    if (result == SQLITE_OK) {
        result = sqlite3_step(statement);
    }
    if (result == SQLITE_ROW) {
        *ret = sqlite3_column_int64(statement, 0);
    }
    int r = result == SQLITE_DONE ? -ENODATA : database_errno(db, result);
    (void)sqlite3_finalize(statement);
    return r;
}

bool database_in_transaction(const struct database *db)
{
    return sqlite3_get_autocommit(db->handle) == 0;
}

int64_t database_last_id(const struct database *db)
{
    return sqlite3_last_insert_rowid(db->handle);
}

int database_changes(const struct database *db)
{
    return sqlite3_changes(db->handle);
}

bool database_changed(const struct database *db)
{
    return sqlite3_changes(db->handle) > 0;
}
