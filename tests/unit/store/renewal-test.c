// Renewed secrets: one for an auth, the last one, also after a restart.
#include "tests/unit/store/support.h"

#include <string.h>

struct answer {
    bool come;
    int result;
};

static void on_done(int result, void *userdata)
{
    *(struct answer *)userdata = (struct answer){ true, result };
}

static void keep(struct fixture *f, const char *auth, const char *seed, const char *value)
{
    struct answer answer = { 0 };
    CLEANUP(renewal_deinit) struct renewal renewal = { .auth = dup_text(auth) };
    memset(renewal.seed, *seed, sizeof(renewal.seed));
    assert_int_equal(secret_init(&renewal.value, value, strlen(value)), 0);
    assert_int_equal(f->store->ops->keep_renewal(f->store, &renewal, on_done, &answer), 0);
    while (!answer.come) {
        fixture_loop(f);
    }
    assert_int_equal(answer.result, 0);
}

static void the_last_one_of_each_auth_is_kept(void **state)
{
    struct fixture *f = *state;
    CLEANUP(renewal_list_deinit) struct renewal_list list = { 0 };
    keep(f, "crm", "a", "first");
    keep(f, "shop", "b", "only \n/+");
    keep(f, "crm", "c", "second");
    fixture_reopen(f);
    assert_int_equal(f->store->ops->load_renewals(f->store, &list, NULL), 0);
    assert_int_equal(list.n, 2);
    assert_string_equal(list.v[0].auth, "crm");
    assert_string_equal(list.v[0].value.data, "second");
    assert_int_equal(list.v[0].seed[SECRET_DIGEST_SIZE - 1], 'c');
    assert_string_equal(list.v[1].auth, "shop");
    assert_string_equal(list.v[1].value.data, "only \n/+");
}

static void an_empty_store_has_none(void **state)
{
    struct fixture *f = *state;
    struct renewal_list list = { 0 };
    assert_int_equal(f->store->ops->load_renewals(f->store, &list, NULL), 0);
    assert_int_equal(list.n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_last_one_of_each_auth_is_kept, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(an_empty_store_has_none, fixture_setup, fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
