// Appending to files, pipes and standard output: whole lines or none, moved files, full disks.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "bridge/net/append-file.h"
#include "folder.h"

struct fixture {
    struct folder folder;
    struct append_file file;
    char *path;
};

static int set_up(void **state)
{
    static struct fixture f;
    f = (struct fixture){ .file = { .fd = -1 } };
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGXFSZ, SIG_IGN);
    folder_open(&f.folder);
    f.path = folder_file(&f.folder, "lines");
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    append_file_deinit(&f->file);
    free(f->path);
    folder_close(&f->folder);
    return 0;
}

static int append(struct fixture *f, const char *text)
{
    return append_file_write(&f->file, text, strlen(text));
}

static void expect_content(const struct fixture *f, const char *name, const char *expected)
{
    AUTO_BYTES struct bytes content = folder_read(&f->folder, name);
    assert_string_equal(content.data ? content.data : "", expected);
}

static void lines_are_appended_to_what_is_there(void **state)
{
    struct fixture *f = *state;
    FILE *file = fopen(f->path, "w");
    assert_non_null(file);
    assert_true(fputs("old\n", file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(append_file_init(&f->file, f->path), 0);
    assert_int_equal(append(f, "a\n"), 0);
    assert_int_equal(append(f, "b\n"), 0);
    assert_true(f->file.dirty);
    assert_int_equal(append_file_flush(&f->file), 0);
    assert_false(f->file.dirty);
    expect_content(f, "lines", "old\na\nb\n");
}

static void a_new_file_is_not_for_everybody(void **state)
{
    struct fixture *f = *state;
    struct stat st;
    assert_int_equal(append_file_init(&f->file, f->path), 0);
    assert_int_equal(append(f, "a\n"), 0);
    assert_int_equal(stat(f->path, &st), 0);
    assert_int_equal(st.st_mode & 0007, 0);
}

static void a_file_that_was_moved_away_is_begun_anew(void **state)
{
    struct fixture *f = *state;
    AUTO_FREE char *moved = folder_file(&f->folder, "lines.1");
    assert_int_equal(append_file_init(&f->file, f->path), 0);
    assert_int_equal(append(f, "a\n"), 0);
    assert_int_equal(rename(f->path, moved), 0);
    assert_int_equal(append(f, "b\n"), 0);
    expect_content(f, "lines.1", "a\n");
    expect_content(f, "lines", "b\n");
    assert_int_equal(unlink(f->path), 0);
    assert_int_equal(append(f, "c\n"), 0);
    expect_content(f, "lines", "c\n");
}

// RLIMIT_FSIZE makes the kernel write a part and then refuse, as a disk that fills up does.
static void what_could_only_be_written_in_part_is_taken_back(void **state)
{
    struct fixture *f = *state;
    struct rlimit before;
    assert_int_equal(append_file_init(&f->file, f->path), 0);
    assert_int_equal(append(f, "whole\n"), 0);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    struct rlimit tight = { .rlim_cur = 10, .rlim_max = before.rlim_max };
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
    int r = append(f, "much too long a line\n");
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(r, -EFBIG);
    expect_content(f, "lines", "whole\n");
    assert_int_equal(append(f, "next\n"), 0);
    expect_content(f, "lines", "whole\nnext\n");
}

// Standard output led into a file is not opened by us, so it need not append.
static void standard_output_leaves_no_hole_after_a_taken_back_part(void **state)
{
    struct fixture *f = *state;
    struct rlimit before;
    assert_int_equal(fflush(stdout), 0);
    AUTO_CLOSE int saved = dup(STDOUT_FILENO);
    AUTO_CLOSE int fd = open(f->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(saved >= 0 && fd >= 0);
    assert_int_equal(append_file_init(&f->file, "-"), 0);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    struct rlimit tight = { .rlim_cur = 10, .rlim_max = before.rlim_max };
    assert_int_equal(dup2(fd, STDOUT_FILENO), STDOUT_FILENO);
    int first = append(f, "whole\n");
    (void)setrlimit(RLIMIT_FSIZE, &tight);
    int second = append(f, "much too long a line\n");
    (void)setrlimit(RLIMIT_FSIZE, &before);
    int third = append(f, "next\n");
    append_file_deinit(&f->file);
    assert_int_equal(dup2(saved, STDOUT_FILENO), STDOUT_FILENO); // still open
    assert_int_equal(first, 0);
    assert_int_equal(second, -EFBIG);
    assert_int_equal(third, 0);
    AUTO_BYTES struct bytes content = folder_read(&f->folder, "lines");
    assert_int_equal(content.len, strlen("whole\nnext\n"));
    assert_string_equal(content.data, "whole\nnext\n");
}

static void a_full_device_says_so_every_time(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(append_file_init(&f->file, "/dev/full"), 0);
    assert_int_equal(append(f, "a\n"), -ENOSPC);
    assert_int_equal(append(f, "b\n"), -ENOSPC);
    assert_int_equal(append_file_flush(&f->file), 0);
}

static void a_path_that_cannot_be_opened_says_why(void **state)
{
    struct fixture *f = *state;
    AUTO_FREE char *below = folder_file(&f->folder, "no/such/file");
    assert_int_equal(append_file_init(&f->file, below), 0);
    assert_int_equal(append(f, "a\n"), -ENOENT);
    append_file_deinit(&f->file);
    assert_int_equal(append_file_init(&f->file, f->folder.path), 0);
    assert_int_equal(append(f, "a\n"), -EISDIR);
}

static int open_reader(const char *path)
{
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    assert_true(fd >= 0);
    return fd;
}

static void a_pipe_takes_lines_once_it_has_a_reader(void **state)
{
    struct fixture *f = *state;
    char line[16] = { 0 };
    assert_int_equal(mkfifo(f->path, 0600), 0);
    assert_int_equal(append_file_init(&f->file, f->path), 0);
    assert_int_equal(append(f, "a\n"), -ENXIO); // not waited for
    int reader = open_reader(f->path);
    assert_int_equal(append(f, "b\n"), 0);
    assert_int_equal(read(reader, line, sizeof(line)), 2);
    assert_string_equal(line, "b\n");
    assert_int_equal(close(reader), 0);
    assert_int_equal(append(f, "c\n"), -EPIPE);
    AUTO_CLOSE int another = open_reader(f->path);
    assert_int_equal(append(f, "d\n"), 0);
    assert_int_equal(read(another, line, sizeof(line)), 2);
    assert_string_equal(line, "d\n");
}

// Larger than PIPE_BUF, so it goes in several writes.
static void a_long_line_goes_through_a_pipe_whole(void **state)
{
    struct fixture *f = *state;
    static char line[5 * PIPE_BUF + 1];
    static char got[sizeof(line)];
    memset(line, 'x', sizeof(line) - 1);
    line[sizeof(line) - 2] = '\n';
    assert_int_equal(mkfifo(f->path, 0600), 0);
    AUTO_CLOSE int reader = open_reader(f->path);
    assert_int_equal(append_file_init(&f->file, f->path), 0);
    assert_int_equal(append(f, line), 0);
    assert_int_equal(read(reader, got, sizeof(got)), sizeof(line) - 1);
    assert_string_equal(got, line);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(lines_are_appended_to_what_is_there),
        CASE(a_new_file_is_not_for_everybody),
        CASE(a_file_that_was_moved_away_is_begun_anew),
        CASE(what_could_only_be_written_in_part_is_taken_back),
        CASE(standard_output_leaves_no_hole_after_a_taken_back_part),
        CASE(a_full_device_says_so_every_time),
        CASE(a_path_that_cannot_be_opened_says_why),
        CASE(a_pipe_takes_lines_once_it_has_a_reader),
        CASE(a_long_line_goes_through_a_pipe_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
