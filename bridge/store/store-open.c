#include "bridge/store/store-open.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bridge/base/problem.h"
#include "bridge/base/str.h"
#include "bridge/store/migrations.h"
#include "bridge/store/store-lock.h"

void opened_store_deinit(struct opened_store *opened)
{
    database_close(&opened->db);
    free(opened->path);
    cleanup_close(&opened->lock_fd);
    *opened = (struct opened_store){ .lock_fd = -1 };
}

struct words {
    int error;
    const char *code;
    const char *text; // follows the path
};

static const struct words words[] = {
    { ENOENT, "store_folder", "cannot be created: its folder does not exist; create that first" },
    { ENOTDIR, "store_folder", "cannot be created: a part of its path is not a folder" },
    { EACCES, "store_permission",
      "cannot be written: give this user write access to the file and its folder" },
    { EPERM, "store_permission",
      "cannot be written: give this user write access to the file and its folder" },
    { EROFS, "store_permission", "cannot be written: the file or its file system is read-only" },
    { EISDIR, "store_path", "is a folder: name a file in it" },
    { EOPNOTSUPP, "store_file_system",
      "is on a file system without shared memory maps, which the store needs: use a local disk" },
    { EUCLEAN, "store_damaged",
      "is damaged: restore it from a backup, or move it away to begin with an empty store" },
    { EMEDIUMTYPE, "store_not_database",
      "is not a database of pollbridge: name another file, it is left untouched" },
    { EBUSY, "store_locked",
      "is locked by another program that has it open: end that one and try again" },
    { ENOSPC, "store_disk", "cannot be written: the disk is full" },
};

// Lower layers that know more have set their words already.
static int explain(struct problem **reterr, int error, const char *path)
{
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (words[i].error == -error) {
            return problem_set(reterr, error, words[i].code, "%s %s", path, words[i].text);
        }
    }
    return problem_set(reterr, error, "store_open", "%s cannot be opened: %s", path,
                       strerror(-error));
}

// The file itself; links are followed once, here, so that two names of one file have one lock.
static int resolve(const char *path, char **ret, struct problem **reterr)
{
    char *resolved = realpath(path, NULL);
    if (!resolved && errno == ENOENT) {
        // Only its owner: answers of APIs are nobody else's business.
        AUTO_CLOSE int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (fd < 0) {
            return -errno;
        }
        resolved = realpath(path, NULL);
    }
    if (!resolved) {
        return -errno;
    }
    *ret = resolved;
    struct stat st;
    if (stat(resolved, &st) < 0) {
        return -errno;
    }
    if (S_ISDIR(st.st_mode)) {
        return -EISDIR;
    }
    if (!S_ISREG(st.st_mode)) {
        return problem_set(reterr, -EINVAL, "store_path",
                           "%s is not a regular file: name another one", path);
    }
    return 0;
}

static int latest_version(void)
{
    return store_migrations[store_migration_count - 1].version;
}

// Whose file is it? Looked at before anything is written to it.
static int identify(struct database *db, const char *path, int64_t *ret_version,
                    struct problem **reterr)
{
    int64_t application_id;
    int64_t version;
    int64_t tables;
    int r = database_number(db, "PRAGMA application_id", &application_id);
    if (r == 0) {
        r = database_number(db, "PRAGMA user_version", &version);
    }
    if (r == 0) {
        r = database_number(db, "SELECT count(*) FROM sqlite_schema", &tables);
    }
    if (r < 0) {
        return r;
    }
    *ret_version = version;
    if (application_id == 0 && version == 0 && tables == 0) {
        return 0; // new
    }
    if (application_id != STORE_APPLICATION_ID) {
        return problem_set(reterr, -EMEDIUMTYPE, "store_foreign",
                           "%s is a database of another program: name another file, it is left "
                           "untouched",
                           path);
    }
    int latest = latest_version();
    if (version > latest) {
        return problem_set(reterr, -ENOTSUP, "store_newer",
                           "%s was written by a newer pollbridge (schema %lld, this one knows up "
                           "to %d): run that version, or name another file",
                           path, (long long)version, latest);
    }
    return 0;
}

static int open_database(struct database *db, const char *path, struct problem **reterr)
{
    int64_t version;
    int r = database_open(db, path, DATABASE_WRITER);
    if (r == 0) {
        r = identify(db, path, &version, reterr);
    }
    if (r == 0) {
        r = database_configure(db, DATABASE_WRITER);
    }
    if (r == 0) {
        r = migrations_run(db, store_migrations, store_migration_count);
    }
    // A statement that does not fit means that somebody changed the tables by hand.
    if (r == 0 && database_prepare_all(db) < 0) {
        r = -EUCLEAN;
    }
    return r;
}

int store_check_readable(const char *path, bool *ret_empty, struct problem **reterr)
{
    AUTO_DATABASE struct database db = { 0 };
    int64_t version = 0;
    int r = database_open(&db, path, DATABASE_READER);
    r = r ? r : identify(&db, path, &version, reterr);
    if (r < 0) {
        return explain(reterr, r, path);
    }
    *ret_empty = version == 0;
    return version == 0 || version == latest_version()
               ? 0
               : problem_set(reterr, -ENOTSUP, "store_older",
                             "%s was written by an older pollbridge (schema %lld, this one reads "
                             "%d): start the daemon, which brings it up to date",
                             path, (long long)version, latest_version());
}

int store_open(struct opened_store *ret, const char *path, struct problem **reterr)
{
    CLEANUP(opened_store_deinit) struct opened_store opened = { .lock_fd = -1 };
    if (str_is_empty(path) || str_eq(path, ":memory:")) {
        return problem_set(reterr, -EINVAL, "store_path",
                           "a store in memory would lose what it promised to keep: name a file");
    }
    int r = resolve(path, &opened.path, reterr);
    if (r == 0) {
        r = store_lock_take(opened.path, &opened.lock_fd, reterr);
    }
    if (r == 0) {
        r = open_database(&opened.db, opened.path, reterr);
    }
    if (r < 0) {
        return explain(reterr, r, path);
    }
    *ret = opened;
    opened = (struct opened_store){ .lock_fd = -1 };
    return 0;
}
