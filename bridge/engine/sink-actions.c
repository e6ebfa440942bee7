#include "bridge/engine/sink-actions.h"

#include <errno.h>

#include <json-c/json.h>

#include "bridge/deliver/dispatcher.h"
#include "bridge/deliver/recoveries.h"
#include "bridge/deliver/sink-tests.h"
#include "bridge/engine/sink-registry.h"
#include "bridge/engine/sink-verify.h"
#include "bridge/spi/settings.h"

static struct settings *in_force(const struct sink_actions *actions)
{
    return actions->settings(actions->userdata);
}

static bool exists(const struct sink_actions *actions, const char *name)
{
    return settings_find_sink(in_force(actions), name) != NULL;
}

static int describe(const char *name, managed_visit_fn visit, void *visit_userdata, void *userdata)
{
    const struct sink_actions *actions = userdata;
    struct managed_status status = { 0 };
    int r = sink_registry_describe(actions->registry, name, &status);
    if (r == 0) {
        visit(&status, visit_userdata);
        (void)json_object_put(status.settings);
    }
    return r;
}

static int prepare(const struct sink_wish *wish, struct sink_change **ret, struct problem **reterr,
                   void *userdata)
{
    const struct sink_actions *actions = userdata;
    return sink_registry_prepare(actions->registry, wish, ret, reterr);
}

static void drop(struct sink_change *change, void *userdata)
{
    (void)userdata;
    sink_registry_drop(change);
}

static int verify(const struct sink_change *change, enum sink_handshake handshake,
                  sink_verify_fn done, void *done_userdata, void *userdata)
{
    const struct sink_actions *actions = userdata;
    return sink_verifies_start(actions->verifies, change, handshake, done, done_userdata);
}

static int carry_out(struct sink_change *take, const struct stored_answer *answer,
                     sink_done_fn done, void *done_userdata, void *userdata)
{
    const struct sink_actions *actions = userdata;
    return sink_registry_carry_out(actions->registry, take, answer, done, done_userdata);
}

static int remove_sink(const char *name, sink_done_fn done, void *done_userdata, void *userdata)
{
    const struct sink_actions *actions = userdata;
    return sink_registry_remove(actions->registry, name, done, done_userdata);
}

static int enable(const char *name, bool skip, void *userdata)
{
    const struct sink_actions *actions = userdata;
    return dispatcher_enable(actions->dispatcher, name, skip);
}

static int disable(const char *name, void *userdata)
{
    const struct sink_actions *actions = userdata;
    return dispatcher_disable(actions->dispatcher, name);
}

static int test(const char *name, sink_test_fn done, void *done_userdata, void *userdata)
{
    const struct sink_actions *actions = userdata;
    return sink_tests_start(actions->tests, in_force(actions), name, done, done_userdata);
}

static int recover(const struct recovery *recovery, const struct stored_answer *answer,
                   sink_done_fn done, void *done_userdata, void *userdata)
{
    const struct sink_actions *actions = userdata;
    return exists(actions, recovery->sink)
               ? recoveries_begin(actions->recoveries, recovery, answer, done, done_userdata)
               : -ENOENT;
}

static int count(const struct recovery *recovery, sink_count_fn done, void *done_userdata,
                 void *userdata)
{
    const struct sink_actions *actions = userdata;
    return exists(actions, recovery->sink)
               ? recoveries_count(actions->recoveries, recovery, done, done_userdata)
               : -ENOENT;
}

struct sink_admin sink_actions_admin(struct sink_actions *actions)
{
    return (struct sink_admin){
        .describe = describe,
        .prepare = prepare,
        .show = sink_registry_show,
        .drop = drop,
        .verify = verify,
        .carry_out = carry_out,
        .remove = remove_sink,
        .enable = enable,
        .disable = disable,
        .test = test,
        .recover = recover,
        .count = count,
        .userdata = actions,
    };
}
