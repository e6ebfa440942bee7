// Renewed secrets: found again only for the secret they go back to, and given to the store until it
// has them. The store is a fake.

#include "tests/unit/poll/support.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/base/problem.h"
#include "bridge/base/secret.h"
#include "bridge/poll/auth/renewals.h"
#include "bridge/spi/store.h"

struct fake {
    struct store store; // first
    struct renewal_list stored;
    unsigned asked;
    int refuse; // what the next calls return
    struct renewal taken;
    store_done_fn done; // not answered yet
    void *userdata;
    bool is_locked;
};

static int load_renewals(struct store *store, struct renewal_list *ret, struct problem **reterr)
{
    struct fake *fake = (struct fake *)store;
    if (fake->is_locked) {
        return problem_set(reterr, -EBUSY, "store_locked", "in use by another");
    }
    *ret = fake->stored;
    fake->stored = (struct renewal_list){ 0 };
    return 0;
}

static int keep_renewal(struct store *store, const struct renewal *renewal, store_done_fn done,
                        void *userdata)
{
    struct fake *fake = (struct fake *)store;
    fake->asked++;
    if (fake->refuse) {
        return fake->refuse;
    }
    assert_null(fake->done); // one at a time for one auth
    renewal_deinit(&fake->taken);
    assert_int_equal(renewal_copy(&fake->taken, renewal), 0);
    fake->done = done;
    fake->userdata = userdata;
    return 0;
}

static const struct store_ops ops = { .load_renewals = load_renewals,
                                      .keep_renewal = keep_renewal };

static void answer(struct fake *fake, int result)
{
    store_done_fn done = fake->done;
    assert_non_null(done);
    fake->done = NULL;
    done(result, fake->userdata);
}

static struct secret secret_of(const char *text)
{
    struct secret secret;
    assert_int_equal(secret_init(&secret, text, strlen(text)), 0);
    return secret;
}

struct world {
    struct event_base *base;
    struct fake fake;
    struct renewals *renewals;
    struct secret seed;
};

static void world_init(struct world *world)
{
    *world = (struct world){ .base = event_base_new(), .seed = secret_of("configured") };
    assert_non_null(world->base);
    world->fake.store.ops = &ops;
    assert_int_equal(renewals_new(&world->renewals, world->base, &world->fake.store), 0);
}

static void world_deinit(struct world *world)
{
    (void)renewals_free(world->renewals);
    if (world->fake.done) { // as a store that closes: after those who asked
        answer(&world->fake, 0);
    }
    renewal_deinit(&world->fake.taken);
    renewal_list_deinit(&world->fake.stored);
    secret_deinit(&world->seed);
    event_base_free(world->base);
}
#define AUTO_WORLD CLEANUP(world_deinit)

static void keep(struct world *world, const char *text)
{
    struct secret value = secret_of(text);
    assert_int_equal(renewals_keep(world->renewals, "crm", &world->seed, &value), 0);
    secret_deinit(&value);
}

static void expect_found(struct world *world, const char *text)
{
    const struct secret *found = renewals_find(world->renewals, "crm", &world->seed);
    assert_string_equal(found ? found->data : "", text);
}

static void expect_taken(struct world *world, const char *text)
{
    assert_string_equal(world->fake.taken.auth, "crm");
    assert_string_equal(world->fake.taken.value.data, text);
}

static void a_renewal_takes_the_place_of_its_seed_alone(void **state)
{
    (void)state;
    AUTO_WORLD struct world world;
    world_init(&world);
    CLEANUP(secret_deinit) struct secret edited = secret_of("configured anew");
    expect_found(&world, "");
    keep(&world, "second");
    expect_found(&world, "second");
    expect_taken(&world, "second");
    assert_null(renewals_find(world.renewals, "other", &world.seed));
    assert_null(renewals_find(world.renewals, "crm", &edited));
    answer(&world.fake, 0);
    assert_int_equal(world.fake.asked, 1);
}

static void what_is_stored_is_found_after_a_restart(void **state)
{
    (void)state;
    AUTO_WORLD struct world world;
    world_init(&world);
    struct renewal renewal = { .auth = strdup("crm"), .value = secret_of("kept before") };
    secret_digest(&world.seed, renewal.seed);
    assert_int_equal(renewal_list_add(&world.fake.stored, &renewal), 0);
    assert_int_equal(renewals_load(world.renewals), 0);
    assert_null(renewals_refusal(world.renewals));
    expect_found(&world, "kept before");
    assert_int_equal(world.fake.asked, 0);
}

static void one_that_comes_meanwhile_is_stored_after_the_first(void **state)
{
    (void)state;
    AUTO_WORLD struct world world;
    world_init(&world);
    keep(&world, "second");
    keep(&world, "third");
    keep(&world, "fourth");
    assert_int_equal(world.fake.asked, 1);
    answer(&world.fake, 0);
    assert_int_equal(world.fake.asked, 2);
    expect_taken(&world, "fourth");
    answer(&world.fake, 0);
    assert_int_equal(world.fake.asked, 2);
}

// A full mailbox, a full disk: asked again until it has it.
static void a_store_in_trouble_is_asked_again(void **state)
{
    (void)state;
    AUTO_WORLD struct world world;
    world_init(&world);
    world.fake.refuse = -EAGAIN;
    keep(&world, "second");
    expect_found(&world, "second");
    world.fake.refuse = 0;
    assert_int_equal(event_base_dispatch(world.base), 1); // until nothing waits any more
    assert_int_equal(world.fake.asked, 2);
    answer(&world.fake, -ENOSPC);
    assert_int_equal(event_base_dispatch(world.base), 1);
    assert_int_equal(world.fake.asked, 3);
    expect_taken(&world, "second");
}

static void what_waits_at_the_end_is_given_to_the_store_once_more(void **state)
{
    (void)state;
    AUTO_WORLD struct world world;
    world_init(&world);
    world.fake.refuse = -EAGAIN;
    keep(&world, "second");
    world.fake.refuse = 0;
    world.renewals = renewals_free(world.renewals);
    expect_taken(&world, "second");
}

static void a_store_that_cannot_keep_says_why(void **state)
{
    (void)state;
    AUTO_WORLD struct world world;
    world_init(&world);
    world.fake.is_locked = true;
    assert_int_equal(renewals_load(world.renewals), 0);
    assert_string_equal(renewals_refusal(world.renewals), "in use by another");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_renewal_takes_the_place_of_its_seed_alone),
        cmocka_unit_test(what_is_stored_is_found_after_a_restart),
        cmocka_unit_test(one_that_comes_meanwhile_is_stored_after_the_first),
        cmocka_unit_test(a_store_in_trouble_is_asked_again),
        cmocka_unit_test(what_waits_at_the_end_is_given_to_the_store_once_more),
        cmocka_unit_test(a_store_that_cannot_keep_says_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
