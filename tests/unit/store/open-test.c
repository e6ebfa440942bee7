// What can be in the way of opening a store is said in words, and the file is left alone.
#include "tests/unit/store/support.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bridge/base/problem.h"
#include "bridge/base/str.h"
#include "bridge/store/sqlite-store.h"
#include "bridge/store/store-open.h"

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    assert_non_null(fixture);
    fixture_init(fixture);
    *state = fixture;
    return 0;
}

static void assert_refused(struct fixture *f, const char *path, int error, const char *code,
                           const char *words)
{
    const struct sqlite_store_settings settings = { .path = path };
    struct store *store = NULL;
    struct problem *problem = NULL;
    assert_int_equal(sqlite_store_open(&store, f->base, &settings, &problem), error);
    assert_null(store);
    assert_non_null(problem);
    assert_string_equal(problem->code, code);
    if (!strstr(problem->message, words)) {
        fail_msg("\"%s\" does not say \"%s\"", problem->message, words);
    }
    problem_free(problem);
}

static void write_file(const char *path, const char *data, size_t len, off_t at)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, data, len, at), (ssize_t)len);
    assert_int_equal(close(fd), 0);
}

static void a_path_that_cannot_hold_a_store_is_refused(void **state)
{
    struct fixture *f = *state;
    char path[160];
    assert_refused(f, ":memory:", -EINVAL, "store_path", "name a file");
    assert_refused(f, "", -EINVAL, "store_path", "name a file");
    assert_refused(f, f->dir, -EISDIR, "store_path", "is a folder");
    assert_refused(f, "/dev/null", -EINVAL, "store_path", "not a regular file");
    (void)snprintf(path, sizeof(path), "%s/missing/store.db", f->dir);
    assert_refused(f, path, -ENOENT, "store_folder", "folder does not exist");
    (void)snprintf(path, sizeof(path), "%s/file/store.db", f->dir);
    (void)snprintf(f->path, sizeof(f->path), "%s/file", f->dir);
    write_file(f->path, "x", 1, 0);
    assert_refused(f, path, -ENOTDIR, "store_folder", "not a folder");
}

static void a_file_that_is_no_database_is_left_untouched(void **state)
{
    struct fixture *f = *state;
    char text[4096];
    memset(text, 'x', sizeof(text));
    write_file(f->path, text, sizeof(text), 0);
    assert_refused(f, f->path, -EMEDIUMTYPE, "store_not_database", "not a database of pollbridge");
    struct stat st;
    assert_int_equal(stat(f->path, &st), 0);
    assert_int_equal(st.st_size, sizeof(text));
}

static void a_database_of_another_program_is_left_untouched(void **state)
{
    struct fixture *f = *state;
    exec_file(f->path, "CREATE TABLE theirs (a)");
    assert_refused(f, f->path, -EMEDIUMTYPE, "store_foreign", "another program");
    exec_file(f->path, "DROP TABLE theirs; PRAGMA application_id = 1");
    assert_refused(f, f->path, -EMEDIUMTYPE, "store_foreign", "another program");
    assert_int_equal(query_file(f->path, "SELECT journal_mode = 'delete' FROM"
                                         " pragma_journal_mode"),
                     1);
}

static void a_newer_schema_is_refused_with_both_numbers(void **state)
{
    struct fixture *f = *state;
    fixture_open(f);
    fixture_close(f);
    exec_file(f->path, "PRAGMA user_version = 99");
    assert_refused(f, f->path, -ENOTSUP, "store_newer", "schema 99, this one knows up to ");
}

static void who_only_reads_is_told_of_an_older_schema(void **state)
{
    struct fixture *f = *state;
    struct problem *problem = NULL;
    bool empty = true;
    fixture_open(f);
    fixture_close(f);
    assert_int_equal(store_check_readable(f->path, &empty, &problem), 0);
    assert_false(empty);
    exec_file(f->path, "PRAGMA user_version = 3");
    assert_int_equal(store_check_readable(f->path, &empty, &problem), -ENOTSUP);
    assert_string_equal(problem->code, "store_older");
    assert_non_null(strstr(problem->message, "schema 3"));
    assert_non_null(strstr(problem->message, "start the daemon"));
    problem_free(problem);
}

static void who_only_reads_finds_a_new_file_empty(void **state)
{
    struct fixture *f = *state;
    bool empty = false;
    write_file(f->path, "", 0, 0);
    assert_int_equal(store_check_readable(f->path, &empty, NULL), 0);
    assert_true(empty);
}

static void a_damaged_file_is_told_as_such(void **state)
{
    struct fixture *f = *state;
    fixture_open(f);
    fixture_close(f);
    struct stat st;
    assert_int_equal(stat(f->path, &st), 0);

    char garbage[2048];
    memset(garbage, 0xa5, sizeof(garbage));
    write_file(f->path, garbage, sizeof(garbage), 100); // the schema's own page
    assert_refused(f, f->path, -EUCLEAN, "store_damaged", "is damaged");
    assert_int_equal(unlink(f->path), 0);

    fixture_open(f);
    fixture_close(f);
    assert_int_equal(truncate(f->path, st.st_size / 2), 0);
    assert_refused(f, f->path, -EUCLEAN, "store_damaged", "is damaged");
    assert_int_equal(unlink(f->path), 0);

    fixture_open(f);
    fixture_close(f);
    exec_file(f->path, "DROP TABLE attempt");
    assert_refused(f, f->path, -EUCLEAN, "store_damaged", "is damaged");
}

static void a_second_daemon_is_refused_and_told_who_the_first_is(void **state)
{
    struct fixture *f = *state;
    fixture_open(f);
    char holder[64];
    (void)snprintf(holder, sizeof(holder), "process %ld on ", (long)getpid());
    assert_refused(f, f->path, -EBUSY, "store_locked", holder);

    char link_path[160];
    (void)snprintf(link_path, sizeof(link_path), "%s/link.db", f->dir);
    assert_int_equal(symlink(f->path, link_path), 0);
    assert_refused(f, link_path, -EBUSY, "store_locked", holder); // the same file by another name

    // The first one is none the worse for it.
    assert_int_equal(commit_wait(f, make_commit("a", NULL, 1, NULL), NULL), 0);
    fixture_close(f);
    fixture_open(f);
}

static void a_lock_left_by_nobody_is_no_lock(void **state)
{
    struct fixture *f = *state;
    char lock[128];
    (void)snprintf(lock, sizeof(lock), "%s.lock", f->path);
    write_file(lock, "process 1 on elsewhere\n", 23, 0);
    fixture_open(f);
}

static void the_file_is_its_owners_alone(void **state)
{
    struct fixture *f = *state;
    mode_t before = umask(0);
    fixture_open(f);
    (void)umask(before);
    assert_int_equal(commit_wait(f, make_commit("a", NULL, 1, NULL), NULL), 0);
    static const char *const suffixes[] = { "", "-wal", "-shm", ".lock" };
    for (size_t i = 0; i < ARRAY_LEN(suffixes); i++) {
        char path[128];
        (void)snprintf(path, sizeof(path), "%s%s", f->path, suffixes[i]);
        struct stat st;
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 0777, 0600);
    }
}

static void closing_leaves_one_file_with_everything_in_it(void **state)
{
    struct fixture *f = *state;
    fixture_open(f);
    assert_int_equal(commit_wait(f, make_commit("a", NULL, 1, NULL), NULL), 0);
    fixture_close(f);
    char wal[128];
    (void)snprintf(wal, sizeof(wal), "%s-wal", f->path);
    assert_int_equal(access(wal, F_OK), -1);
    assert_int_equal(query_file(f->path, "SELECT count(*) FROM event"), 1);
}

// Runs as a user who may not write, in a child: root may always.
static void without_permission_it_says_what_to_do(void **state)
{
    struct fixture *f = *state;
    fixture_open(f);
    fixture_close(f);
    assert_int_equal(chmod(f->dir, 0555), 0);
    assert_int_equal(chmod(f->path, 0444), 0);
    char lock[128];
    (void)snprintf(lock, sizeof(lock), "%s.lock", f->path);
    assert_int_equal(chmod(lock, 0666), 0); // the lock is not what is in the way

    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        if (geteuid() == 0 && (setgid(65534) < 0 || setuid(65534) < 0)) {
            _exit(2);
        }
        const struct sqlite_store_settings settings = { .path = f->path };
        struct store *store = NULL;
        struct problem *problem = NULL;
        int r = sqlite_store_open(&store, f->base, &settings, &problem);
        _exit(r == -EACCES && str_eq(problem->code, "store_permission") ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_int_equal(chmod(f->dir, 0755), 0);
}

int main(void)
{
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        IN_FOLDER(a_path_that_cannot_hold_a_store_is_refused),
        IN_FOLDER(a_file_that_is_no_database_is_left_untouched),
        IN_FOLDER(a_database_of_another_program_is_left_untouched),
        IN_FOLDER(a_newer_schema_is_refused_with_both_numbers),
        IN_FOLDER(who_only_reads_is_told_of_an_older_schema),
        IN_FOLDER(who_only_reads_finds_a_new_file_empty),
        IN_FOLDER(a_damaged_file_is_told_as_such),
        IN_FOLDER(a_second_daemon_is_refused_and_told_who_the_first_is),
        IN_FOLDER(a_lock_left_by_nobody_is_no_lock),
        IN_FOLDER(the_file_is_its_owners_alone),
        IN_FOLDER(closing_leaves_one_file_with_everything_in_it),
        IN_FOLDER(without_permission_it_says_what_to_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
