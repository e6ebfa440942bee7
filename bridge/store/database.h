#pragma once
// One SQLite connection with its prepared statements. Used by one thread at a time.

#include <stdbool.h>
#include <stdint.h>

#include "bridge/base/cleanup.h"
#include "bridge/store/statements.h"

struct problem;
struct sqlite3;
struct sqlite3_stmt;

enum database_mode {
    DATABASE_WRITER, // creates the file when it is missing
    DATABASE_READER, // cannot write; sees what is committed
};

struct database {
    struct sqlite3 *handle;
    struct sqlite3_stmt *statements[STATEMENTS]; // prepared on first use, kept
};

#define AUTO_DATABASE CLEANUP(database_close)

// Opens without looking at the content. 0 or -errno.
int database_open(struct database *ret, const char *path, enum database_mode mode) MUST_CHECK;
void database_close(struct database *db); // also of a zeroed struct

// Sets how this connection works (WAL, FULL, foreign keys, …). After the file's identity is known:
// it may change the file.
int database_configure(struct database *db, enum database_mode mode) MUST_CHECK;

// The statement, ready to be bound. 0 or -errno.
int database_statement(struct database *db, enum statement id,
                       struct sqlite3_stmt **ret) MUST_CHECK;
// Prepares all of them, which proves that the schema fits.
int database_prepare_all(struct database *db) MUST_CHECK;

// Moves the WAL into the database file and empties it, as far as readers let it. Never needed for
// what is stored, only for the size of files: failure is fine.
void database_checkpoint(struct database *db);

// Runs constant SQL text (migrations, pragmas). 0 or -errno.
int database_exec(struct database *db, const char *sql) MUST_CHECK;
// The one number a constant query gives.
int database_number(struct database *db, const char *sql, int64_t *ret) MUST_CHECK;

// What the last insert and the last change did.
int64_t database_last_id(const struct database *db);
bool database_changed(const struct database *db);
int database_changes(const struct database *db); // how many rows

// False after an error that made SQLite roll the transaction back by itself.
bool database_in_transaction(const struct database *db);

// An SQLite result as errno: -ENOSPC, -EIO, -ENOMEM, -EBUSY, -EROFS, -EACCES, -EFBIG,
// -EUCLEAN (damaged), -EMEDIUMTYPE (not a database), -EEXIST (a UNIQUE constraint). 0 for success.
int database_errno(const struct database *db, int result);
