#include "tests/unit/poll/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/model/instance.h"
#include "bridge/poll/politeness/host-gate.h"
#include "bridge/poll/poll-source.h"
#include "bridge/poll/source-list.h"
#include "bridge/spi/store.h"

#define NAMES_MAX 8

// Settings with these sources (sorted, as the configuration is); NULL-terminated. A name with a
// '!' at its end stands for an edited request.
static struct settings *settings_of(const char *const names[])
{
    struct settings *settings = calloc(1, sizeof(*settings));
    assert_non_null(settings);
    settings->refs = 1;
    while (names[settings->source_count]) {
        settings->source_count++;
    }
    settings->sources = calloc(settings->source_count + 1, sizeof(*settings->sources));
    assert_non_null(settings->sources);
    for (size_t i = 0; i < settings->source_count; i++) {
        struct source_settings *source = &settings->sources[i];
        source->name = strdup(names[i]);
        char *mark = strchr(source->name, '!');
        source->request_hash = (struct hash128){ 1, mark ? 2 : 1 };
        if (mark) {
            *mark = '\0';
        }
    }
    return settings;
}

static struct source_notes notes_of(const char *const names[])
{
    struct source_notes notes = { 0 };
    notes.v = calloc(NAMES_MAX, sizeof(*notes.v));
    assert_non_null(notes.v);
    for (; names[notes.n]; notes.n++) {
        notes.v[notes.n] = (struct source_note){
            .source = strdup(names[notes.n]),
            .state = { .version = 100 + (int64_t)notes.n, .etag = strdup(names[notes.n]) },
        };
    }
    return notes;
}

static void load(struct source_list *list, const char *const names[])
{
    struct source_notes notes = notes_of(names);
    assert_int_equal(source_list_load(list, &notes), 0);
    assert_null(notes.v);
}

// The settings it replaces are given up afterwards: they are looked at.
static void apply(struct source_list *list, struct settings **in_force, const char *const names[])
{
    struct settings *settings = settings_of(names);
    assert_int_equal(source_list_apply(list, settings), 0);
    (void)settings_unref(*in_force);
    *in_force = settings;
}
#define AUTO_LIST CLEANUP(source_list_deinit)

// Every source is where its id and its name say.
static void check_order(const struct source_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        assert_int_equal(list->v[i]->id, i);
        assert_int_equal(list->v[i]->hash, hash64_of_str(list->v[i]->name));
        assert_ptr_equal(source_list_find(list, list->v[i]->name), list->v[i]);
        if (i > 0) {
            assert_true(strcmp(list->by_name[i - 1]->name, list->by_name[i]->name) < 0);
        }
    }
    assert_null(source_list_find(list, ""));
    assert_null(source_list_find(list, "zzzz"));
    assert_null(source_list_find(list, "nobody"));
}

static void stored_states_meet_the_sources_of_the_configuration(void **state)
{
    (void)state;
    AUTO_SETTINGS struct settings *in_force = NULL;
    AUTO_LIST struct source_list list = { 0 };
    load(&list, (const char *const[]){ "b", "d", "f", NULL });
    check_order(&list);
    assert_int_equal(list.active, 0);
    assert_null(list.v[0]->settings);
    apply(&list, &in_force, (const char *const[]){ "a", "b", "e", "f", "g", NULL });
    check_order(&list);
    assert_int_equal(list.n, 6);
    assert_int_equal(list.active, 5);
    assert_int_equal(source_list_find(&list, "b")->state.version, 100);
    assert_int_equal(source_list_find(&list, "f")->state.version, 102);
    assert_string_equal(source_list_find(&list, "f")->state.etag, "f");
    assert_int_equal(source_list_find(&list, "a")->state.version, 0);
    assert_ptr_equal(source_list_find(&list, "e")->settings, &in_force->sources[2]);
    assert_null(source_list_find(&list, "d")->settings);
}

static void a_source_that_left_comes_back_with_its_state_and_its_place(void **state)
{
    (void)state;
    AUTO_SETTINGS struct settings *in_force = NULL;
    AUTO_LIST struct source_list list = { 0 };
    load(&list, (const char *const[]){ "a", "b", NULL });
    apply(&list, &in_force, (const char *const[]){ "a", "b", NULL });
    struct poll_source *b = source_list_find(&list, "b");
    b->state.failures = 2;
    apply(&list, &in_force, (const char *const[]){ "a", "c", NULL });
    assert_null(b->settings);
    assert_int_equal(list.active, 2);
    apply(&list, &in_force, (const char *const[]){ NULL });
    assert_int_equal(list.active, 0);
    assert_null(source_list_find(&list, "a")->settings);
    apply(&list, &in_force, (const char *const[]){ "b", NULL });
    assert_ptr_equal(source_list_find(&list, "b"), b);
    assert_ptr_equal(b->settings, &in_force->sources[0]);
    assert_int_equal(b->state.version, 101);
    assert_int_equal(b->state.failures, 2);
    check_order(&list);
    assert_int_equal(list.n, 3);
}

static void no_wake(int64_t wait_ms, void *userdata)
{
    (void)wait_ms;
    (void)userdata;
}

static void a_lane_is_kept_until_the_request_is_edited_or_the_source_leaves(void **state)
{
    (void)state;
    struct hand_clock clock;
    CLEANUP(host_gate_freep) struct host_gate *gate = NULL;
    AUTO_SETTINGS struct settings *in_force = NULL;
    hand_clock_init(&clock);
    const struct host_gate_parts parts = { .clock = &clock.clock, .wake_after = no_wake };
    assert_int_equal(host_gate_new(&gate, &parts), 0);
    AUTO_LIST struct source_list list = { 0 };
    apply(&list, &in_force, (const char *const[]){ "a", "b", "c", NULL });
    for (size_t i = 0; i < list.n; i++) {
        assert_int_equal(host_gate_lane(gate, "http://h.example.com:80", NULL, &list.v[i]->lane),
                         0);
    }
    apply(&list, &in_force, (const char *const[]){ "a", "b!", "d", NULL });
    assert_non_null(source_list_find(&list, "a")->lane);
    assert_null(source_list_find(&list, "b")->lane);
    assert_null(source_list_find(&list, "c")->lane);
    assert_null(source_list_find(&list, "d")->lane);
}

// ---- instances ----

static struct instance_list instances_of(const char *const names[])
{
    struct instance_list list = { .v = calloc(NAMES_MAX, sizeof(struct instance *)) };
    assert_non_null(list.v);
    for (; names[list.n]; list.n++) {
        assert_int_equal(instance_of_name(&list.v[list.n], names[list.n]), 0);
    }
    return list;
}

// Settings with the sources `a`, `o` with these instances, and `z`; or following another one.
static struct settings *fan_out(const char *const names[], bool follows)
{
    struct settings *settings = settings_of((const char *const[]){ "a", "o", "z", NULL });
    struct source_settings *source = &settings->sources[1];
    source->fans_out = true;
    if (follows) {
        source->for_each.source = strdup("a");
    } else {
        source->instances = instances_of(names);
    }
    return settings;
}

static void put_in_force(struct source_list *list, struct settings **in_force,
                         struct settings *settings)
{
    assert_int_equal(source_list_apply(list, settings), 0);
    (void)settings_unref(*in_force);
    *in_force = settings;
    check_order(list);
}

static bool is_active(const struct source_list *list, const char *name)
{
    const struct poll_source *source = source_list_find(list, name);
    return source && source->settings;
}

static void each_instance_is_a_source_of_its_own(void **state)
{
    (void)state;
    AUTO_SETTINGS struct settings *in_force = NULL;
    AUTO_LIST struct source_list list = { 0 };
    load(&list, (const char *const[]){ "o", "o-x", "o{r=eu}", "o{r=old}", NULL });
    put_in_force(&list, &in_force, fan_out((const char *const[]){ "o{r=eu}", "o{r=us}", NULL }, 0));
    assert_int_equal(list.active, 4);
    assert_true(is_active(&list, "o{r=eu}") && is_active(&list, "o{r=us}"));
    assert_false(is_active(&list, "o") || is_active(&list, "o{r=old}") || is_active(&list, "o-x"));
    assert_int_equal(source_list_find(&list, "o{r=eu}")->state.version, 102);
    size_t from;
    size_t to = source_list_range(&list, "o", &from);
    assert_int_equal(to - from, 3); // with the one that left
    assert_string_equal(list.by_name[from]->name, "o{r=eu}");
    to = source_list_range(&list, "a", &from);
    assert_int_equal(to - from, 1);
    to = source_list_range(&list, "nobody", &from);
    assert_int_equal(to - from, 0);
    apply(&list, &in_force,
          (const char *const[]){ "a", "o", NULL }); // it does not fan out any more
    assert_true(is_active(&list, "o"));
    assert_false(is_active(&list, "o{r=eu}"));
    to = source_list_range(&list, "o", &from);
    assert_int_equal(to - from, 1);
}

static void instances_that_follow_another_source_stay_until_they_are_known(void **state)
{
    (void)state;
    AUTO_SETTINGS struct settings *in_force = NULL;
    AUTO_LIST struct source_list list = { 0 };
    load(&list, (const char *const[]){ "o{r=eu}", NULL });
    put_in_force(&list, &in_force, fan_out(NULL, true));
    assert_false(is_active(&list, "o{r=eu}"));
    size_t changes;
    struct instance_list both = instances_of((const char *const[]){ "o{r=eu}", "o{r=us}", NULL });
    assert_int_equal(source_list_set_instances(&list, &in_force->sources[1], &both, &changes), 0);
    assert_int_equal(changes, 2);
    check_order(&list);
    assert_int_equal(list.active, 4);
    put_in_force(&list, &in_force, fan_out(NULL, true));
    assert_ptr_equal(source_list_find(&list, "o{r=us}")->settings, &in_force->sources[1]);
    struct instance_list one = instances_of((const char *const[]){ "o{r=us}", NULL });
    assert_int_equal(source_list_set_instances(&list, &in_force->sources[1], &one, &changes), 0);
    assert_int_equal(changes, 1);
    assert_false(is_active(&list, "o{r=eu}"));
    assert_true(is_active(&list, "o{r=us}") && is_active(&list, "a") && is_active(&list, "z"));
    assert_int_equal(list.active, 3);
    instance_list_deinit(&both);
    instance_list_deinit(&one);
}

// A hundred thousand in no order of their hashes: loading is no matter of minutes.
static void many_sources_are_found(void **state)
{
    (void)state;
    enum { MANY = 100000 };
    struct settings *settings = calloc(1, sizeof(*settings));
    assert_non_null(settings);
    settings->refs = 1;
    settings->source_count = MANY;
    settings->sources = calloc(MANY, sizeof(*settings->sources));
    assert_non_null(settings->sources);
    for (size_t i = 0; i < MANY; i++) {
        char name[16];
        (void)snprintf(name, sizeof(name), "source-%06zu", i);
        settings->sources[i].name = strdup(name);
    }
    AUTO_LIST struct source_list list = { 0 };
    assert_int_equal(source_list_apply(&list, settings), 0);
    assert_int_equal(source_list_apply(&list, settings), 0);
    assert_int_equal(list.n, MANY);
    for (size_t i = 0; i < MANY; i += 997) {
        const struct source_settings *one = &settings->sources[i];
        assert_ptr_equal(source_list_find(&list, one->name)->settings, one);
    }
    (void)settings_unref(settings);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stored_states_meet_the_sources_of_the_configuration),
        cmocka_unit_test(a_source_that_left_comes_back_with_its_state_and_its_place),
        cmocka_unit_test(a_lane_is_kept_until_the_request_is_edited_or_the_source_leaves),
        cmocka_unit_test(each_instance_is_a_source_of_its_own),
        cmocka_unit_test(instances_that_follow_another_source_stay_until_they_are_known),
        cmocka_unit_test(many_sources_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
