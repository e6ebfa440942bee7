// The writer's thread: order, results, limits, and a loop that never waits for a file.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>

#include <event2/event.h>

#include "bridge/base/clock.h"
#include "bridge/base/str.h"
#include "bridge/net/stream.h"
#include "folder.h"
#include "world.h"

struct fixture {
    struct event_base *base;
    struct stream_writer *writer;
    struct folder folder;
    unsigned waiting; // results still to come; the loop is left with the last
};

struct note {
    struct fixture *f;
    unsigned calls;
    int result;
};

static int set_up(void **state)
{
    static struct fixture f;
    f = (struct fixture){ .base = event_base_new() };
    (void)signal(SIGPIPE, SIG_IGN);
    assert_non_null(f.base);
    folder_open(&f.folder);
    assert_int_equal(stream_writer_new(&f.writer, f.base), 0);
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    assert_null(stream_writer_free(f->writer));
    event_base_free(f->base);
    folder_close(&f->folder);
    return 0;
}

static void on_written(int result, void *userdata)
{
    struct note *note = userdata;
    note->calls++;
    note->result = result;
    if (--note->f->waiting == 0) {
        (void)event_base_loopbreak(note->f->base);
    }
}

static int try_write(struct fixture *f, const char *path, const char *text, struct note *note)
{
    struct bytes bytes = { 0 };
    *note = (struct note){ .f = f, .result = 1 };
    assert_int_equal(bytes_dup(&bytes, text, strlen(text)), 0);
    int r = stream_write(f->writer, path, &bytes, on_written, note);
    assert_null(bytes.data); // consumed, also on failure
    f->waiting += r == 0;
    return r;
}

static void write_to(struct fixture *f, const char *path, const char *text, struct note *note)
{
    assert_int_equal(try_write(f, path, text, note), 0);
    assert_int_equal(note->calls, 0);
}

// Waits until the thread is inside write(2) on a pipe nobody empties: its first piece has arrived.
static int jam_pipe(struct fixture *f, const char *path, struct note *note)
{
    enum { MUCH = 200000 };
    AUTO_FREE char *text = malloc(MUCH + 1);
    assert_non_null(text);
    memset(text, 'x', MUCH);
    text[MUCH] = '\0';
    assert_int_equal(mkfifo(path, 0600), 0);
    int reader = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    assert_true(reader >= 0);
    write_to(f, path, text, note);
    return reader;
}

static void drain(int reader)
{
    static char piece[65536];
    while (read(reader, piece, sizeof(piece)) > 0) {
    }
}

static void every_path_keeps_its_order(void **state)
{
    struct fixture *f = *state;
    enum { LINES = 1000 };
    static struct note notes[LINES];
    AUTO_BUF struct buf even_lines = { 0 };
    AUTO_BUF struct buf odd_lines = { 0 };
    AUTO_FREE char *even = folder_file(&f->folder, "even");
    AUTO_FREE char *odd = folder_file(&f->folder, "odd");
    for (unsigned i = 0; i < LINES; i++) {
        char line[32];
        (void)snprintf(line, sizeof(line), "%u\n", i);
        write_to(f, i % 2 ? odd : even, line, &notes[i]);
        assert_int_equal(buf_append_str(i % 2 ? &odd_lines : &even_lines, line), 0);
    }
    world_run(f->base);
    for (unsigned i = 0; i < LINES; i++) {
        assert_int_equal(notes[i].calls, 1);
        assert_int_equal(notes[i].result, 0);
    }
    AUTO_BYTES struct bytes evens = folder_read(&f->folder, "even");
    AUTO_BYTES struct bytes odds = folder_read(&f->folder, "odd");
    assert_string_equal(evens.data, buf_str(&even_lines));
    assert_string_equal(odds.data, buf_str(&odd_lines));
}

static void more_files_than_are_kept_open_all_get_their_lines(void **state)
{
    struct fixture *f = *state;
    enum { FILES = 100, ROUNDS = 3 };
    static struct note notes[ROUNDS][FILES];
    for (unsigned round = 0; round < ROUNDS; round++) {
        for (unsigned i = 0; i < FILES; i++) {
            char name[16];
            (void)snprintf(name, sizeof(name), "%u", i);
            AUTO_FREE char *path = folder_file(&f->folder, name);
            write_to(f, path, "line\n", &notes[round][i]);
        }
    }
    world_run(f->base);
    for (unsigned i = 0; i < FILES; i++) {
        char name[16];
        (void)snprintf(name, sizeof(name), "%u", i);
        AUTO_BYTES struct bytes content = folder_read(&f->folder, name);
        assert_string_equal(content.data, "line\nline\nline\n");
        assert_int_equal(notes[0][i].result | notes[1][i].result | notes[2][i].result, 0);
    }
}

static void failures_are_told_to_their_own_line(void **state)
{
    struct fixture *f = *state;
    struct note full;
    struct note missing;
    struct note fine;
    AUTO_FREE char *good = folder_file(&f->folder, "good");
    AUTO_FREE char *below = folder_file(&f->folder, "no/such/file");
    write_to(f, "/dev/full", "a\n", &full);
    write_to(f, below, "a\n", &missing);
    write_to(f, good, "a\n", &fine);
    world_run(f->base);
    assert_int_equal(full.result, -ENOSPC);
    assert_int_equal(missing.result, -ENOENT);
    assert_int_equal(fine.result, 0);
}

static void a_reader_that_is_gone_is_an_error_not_a_signal(void **state)
{
    struct fixture *f = *state;
    struct note note;
    AUTO_FREE char *path = folder_file(&f->folder, "pipe");
    // Whoever embeds the writer may not have ignored it.
    (void)signal(SIGPIPE, SIG_DFL);
    int reader = jam_pipe(f, path, &note);
    struct pollfd arrived = { .fd = reader, .events = POLLIN };
    assert_int_equal(poll(&arrived, 1, 10000), 1);
    assert_int_equal(close(reader), 0);
    world_run(f->base);
    assert_int_equal(note.result, -EPIPE);
}

// While the thread sits on a full pipe the loop goes on and the queue has an end.
static void the_loop_never_waits_for_a_pipe(void **state)
{
    struct fixture *f = *state;
    static struct note notes[2000];
    struct note first;
    AUTO_FREE char *path = folder_file(&f->folder, "pipe");
    AUTO_FREE char *good = folder_file(&f->folder, "good");
    AUTO_CLOSE int reader = jam_pipe(f, path, &first);
    unsigned taken = 0;
    int64_t began_ms = clock_mono_ms(&clock_system);
    while (taken < ARRAY_LEN(notes) && try_write(f, good, "a\n", &notes[taken]) == 0) {
        taken++;
    }
    int64_t took_ms = clock_mono_ms(&clock_system) - began_ms;
    assert_int_equal(taken, 1023); // and the one for the pipe
    assert_true(took_ms < 2000);
    assert_int_equal(first.calls, 0);
    while (f->waiting > 0) {
        drain(reader);
        assert_int_equal(event_base_loop(f->base, EVLOOP_NONBLOCK), 0);
    }
    assert_int_equal(first.result, 0);
    struct note again;
    write_to(f, good, "b\n", &again);
    world_run(f->base);
    assert_int_equal(again.result, 0);
}

static void bytes_are_bounded_but_one_large_piece_passes(void **state)
{
    struct fixture *f = *state;
    enum { LARGE = 70 << 20 };
    struct note notes[2];
    AUTO_FREE char *path = folder_file(&f->folder, "large");
    AUTO_FREE char *text = malloc(LARGE + 1);
    assert_non_null(text);
    memset(text, 'x', LARGE);
    text[LARGE] = '\0';
    write_to(f, path, text, &notes[0]);
    assert_int_equal(try_write(f, path, "a\n", &notes[1]), -EAGAIN);
    world_run(f->base);
    assert_int_equal(notes[0].result, 0);
    write_to(f, path, "a\n", &notes[1]);
    world_run(f->base);
    assert_int_equal(notes[1].result, 0);
}

// A pipe that takes nothing costs its own lines one wait together, not one wait each.
static void a_stuck_pipe_is_given_up_once_for_all_that_waits_for_it(void **state)
{
    struct fixture *f = *state;
    enum { LINES = 20 };
    static struct note notes[LINES];
    struct note first;
    struct note other;
    AUTO_FREE char *path = folder_file(&f->folder, "pipe");
    AUTO_FREE char *good = folder_file(&f->folder, "good");
    int reader = jam_pipe(f, path, &first);
    for (unsigned i = 0; i < LINES; i++) {
        write_to(f, path, "a\n", &notes[i]);
    }
    write_to(f, good, "a\n", &other);
    world_run(f->base); // at most two waits: the first line may have been taken alone
    assert_int_equal(first.result, -ETIMEDOUT);
    for (unsigned i = 0; i < LINES; i++) {
        assert_int_equal(notes[i].result, -ETIMEDOUT);
    }
    assert_int_equal(other.result, 0);
    assert_int_equal(close(reader), 0);
}

static void what_is_queued_is_written_before_the_end(void **state)
{
    struct fixture *f = *state;
    enum { LINES = 500 };
    static struct note notes[LINES];
    AUTO_FREE char *path = folder_file(&f->folder, "lines");
    for (unsigned i = 0; i < LINES; i++) {
        write_to(f, path, "a\n", &notes[i]);
    }
    f->writer = stream_writer_free(f->writer);
    for (unsigned i = 0; i < LINES; i++) {
        assert_int_equal(notes[i].calls, 1);
        assert_int_equal(notes[i].result, 0);
    }
    AUTO_BYTES struct bytes content = folder_read(&f->folder, "lines");
    assert_int_equal(content.len, 2 * LINES);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(every_path_keeps_its_order),
        CASE(more_files_than_are_kept_open_all_get_their_lines),
        CASE(failures_are_told_to_their_own_line),
        CASE(a_reader_that_is_gone_is_an_error_not_a_signal),
        CASE(the_loop_never_waits_for_a_pipe),
        CASE(bytes_are_bounded_but_one_large_piece_passes),
        CASE(a_stuck_pipe_is_given_up_once_for_all_that_waits_for_it),
        CASE(what_is_queued_is_written_before_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
