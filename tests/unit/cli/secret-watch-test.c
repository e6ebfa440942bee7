// A change of a secret file is told once it rests, once for each state, and only for the files of
// the configuration in force.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <event2/event.h>

#include "bridge/base/str.h"
#include "bridge/cli/secret-watch.h"
#include "bridge/spi/settings.h"

#define EVERY_MS 5

struct world {
    char folder[64];
    char *path;
    struct event_base *base;
    struct secret_watch *watch;
    unsigned told;
    unsigned looks_left;
};

static void on_changed(const char *path, void *userdata)
{
    struct world *world = userdata;
    assert_string_equal(path, world->path);
    world->told++;
}

static void write_file(const struct world *world, const char *text)
{
    FILE *file = fopen(world->path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

// As a load makes them; with `files` false of none.
static struct settings *make_settings(const struct world *world, bool files)
{
    struct settings *settings = calloc(1, sizeof(*settings));
    assert_non_null(settings);
    settings->refs = 1;
    if (files) {
        settings->secret_files = calloc(1, sizeof(*settings->secret_files));
        assert_non_null(settings->secret_files);
        settings->secret_files[0].path = strdup(world->path);
        settings->secret_files[0].mark = file_mark_at(world->path);
        settings->secret_file_count = 1;
    }
    return settings;
}

static void apply(struct world *world, bool files)
{
    struct settings AUTO_SETTINGS *settings = make_settings(world, files);
    assert_int_equal(secret_watch_set(world->watch, settings), 0);
}

static void world_init(struct world *world)
{
    *world = (struct world){ .folder = "/tmp/secret-watch-XXXXXX", .base = event_base_new() };
    assert_non_null(mkdtemp(world->folder));
    world->path = str_printf("%s/token", world->folder);
    assert_non_null(world->base);
    assert_int_equal(secret_watch_new(&world->watch, world->base, EVERY_MS, on_changed, world), 0);
    write_file(world, "first");
}

static void world_deinit(struct world *world)
{
    (void)secret_watch_free(world->watch);
    event_base_free(world->base);
    (void)unlink(world->path);
    (void)rmdir(world->folder);
    free(world->path);
}
#define AUTO_WORLD CLEANUP(world_deinit)

// Several looks go by.
static void look(struct world *world)
{
    const struct timeval wait = { .tv_usec = 12 * EVERY_MS * 1000 };
    assert_int_equal(event_base_loopexit(world->base, &wait), 0);
    assert_int_equal(event_base_dispatch(world->base), 0);
}

static void a_change_is_told_once(void **state)
{
    (void)state;
    AUTO_WORLD struct world world;
    world_init(&world);
    apply(&world, true);
    look(&world);
    assert_int_equal(world.told, 0);
    write_file(&world, "second");
    look(&world);
    assert_int_equal(world.told, 1);
    look(&world);
    assert_int_equal(world.told, 1); // also when nobody took it: a bad file is not read for ever
    write_file(&world, "third!");    // of the same length
    look(&world);
    assert_int_equal(world.told, 2);
}

static void a_change_after_the_file_was_read_is_not_missed(void **state)
{
    (void)state;
    AUTO_WORLD struct world world;
    world_init(&world);
    struct settings AUTO_SETTINGS *settings = make_settings(&world, true);
    write_file(&world, "changed before anybody watched");
    assert_int_equal(secret_watch_set(world.watch, settings), 0);
    look(&world);
    assert_int_equal(world.told, 1);
}

// As Kubernetes does it: the name leads to another file from one moment to the next.
static void another_file_under_the_name_is_a_change(void **state)
{
    (void)state;
    AUTO_WORLD struct world world;
    world_init(&world);
    AUTO_FREE char *other = str_printf("%s/other", world.folder);
    apply(&world, true);
    assert_int_equal(rename(world.path, other), 0);
    assert_int_equal(symlink(other, world.path), 0);
    look(&world);
    assert_int_equal(world.told, 1); // rename counts as a change of the file
    assert_int_equal(unlink(other), 0);
    look(&world);
    assert_int_equal(world.told, 2); // it is missing
    look(&world);
    assert_int_equal(world.told, 2);
}

static void settings_that_were_replaced_are_watched_no_more(void **state)
{
    (void)state;
    AUTO_WORLD struct world world;
    world_init(&world);
    apply(&world, true);
    look(&world);
    write_file(&world, "second");
    apply(&world, true); // read anew: that is known
    look(&world);
    assert_int_equal(world.told, 0);
    apply(&world, false);
    write_file(&world, "third");
    look(&world);
    assert_int_equal(world.told, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_change_is_told_once),
        cmocka_unit_test(a_change_after_the_file_was_read_is_not_missed),
        cmocka_unit_test(another_file_under_the_name_is_a_change),
        cmocka_unit_test(settings_that_were_replaced_are_watched_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
