#include "bridge/cli/test-instance.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bridge/base/problem.h"
#include "bridge/base/str.h"
#include "bridge/cli/show.h"
#include "bridge/model/instance.h"
#include "bridge/model/snapshot.h"
#include "bridge/spi/instances.h"
#include "bridge/spi/settings.h"
#include "bridge/spi/store.h"
#include "bridge/store/dry-store.h"

#define NAMES_SHOWN 5

struct pick {
    const struct settings *settings;
    const char *file;
    const char *name;
    const struct source_settings *source;
    char **ret;
};

static bool is_of(const char *instance, const char *source)
{
    size_t len = strlen(source);
    return strncmp(instance, source, len) == 0 && (instance[len] == '{' || instance[len] == '\0');
}

// ---- what is not there ----

static enum exit_code refuse_instance(const struct pick *pick, const struct instance_list *list)
{
    (void)fprintf(stderr, "pollbridge: %s has no instance \"%s\"; it has", pick->source->name,
                  pick->name);
    for (size_t i = 0; i < list->n && i < NAMES_SHOWN; i++) {
        (void)fprintf(stderr, "%s\n  %s", i == 0 ? "" : ",", list->v[i]->name);
    }
    (void)fprintf(stderr, list->n > NAMES_SHOWN ? ",\n  and %zu more\n" : "\n",
                  list->n - NAMES_SHOWN);
    return EXIT_USAGE;
}

static enum exit_code refuse_no_items(const struct pick *pick)
{
    (void)fprintf(stderr,
                  "pollbridge: %s follows the items of %s, and none are known yet; let the daemon "
                  "run, or `pollbridge once -c %s`, and test it again\n",
                  pick->source->name, pick->source->for_each.source, pick->file);
    return EXIT_NO;
}

// ---- the instances of a source that follows another one: of what is stored of that ----

// Items that make no instance are none of this one's, and the daemon says what is wrong with them.
static int add_snapshot(struct instance_maker *maker, struct store *store, const char *name)
{
    CLEANUP(snapshot_deinit) struct snapshot snapshot = { 0 };
    CLEANUP(problem_freep) struct problem *why = NULL;
    size_t unfit = 0;
    int r = store_load_snapshot(store, name, &snapshot);

    if (r != 0 || !snapshot.document.data) {
        return r < 0 ? r : 0;
    }
    return instance_maker_add_document(maker, &snapshot.document, &unfit, &why);
}

static int add_followed(struct instance_maker *maker, struct store *store, const char *followed)
{
    CLEANUP(source_notes_deinit) struct source_notes notes = { 0 };
    int r = store->ops->load_states(store, &notes);

    for (size_t i = 0; r == 0 && i < notes.n; i++) {
        if (is_of(notes.v[i].source, followed)) {
            r = add_snapshot(maker, store, notes.v[i].source);
        }
    }
    return r;
}

static int load_followed(const struct pick *pick, struct event_base *base,
                         struct instance_list *ret, struct problem **reterr)
{
    CLEANUP(store_closep) struct store *store = NULL;
    CLEANUP(instance_maker_deinit) struct instance_maker maker = { 0 };
    int r = dry_store_open(&store, base, pick->settings->store.path, reterr);

    r = r ? r : instance_maker_init(&maker, pick->source, reterr);
    r = r ? r : add_followed(&maker, store, pick->source->for_each.source);
    r = r == INSTANCES_E_TOO_MANY ? 0 : r; // the daemon says so
    return r ? r : instance_maker_finish(&maker, ret, NULL, NULL);
}

// ---- the one that is meant ----

static enum exit_code take(const struct pick *pick, const char *name)
{
    *pick->ret = strdup(name);
    return *pick->ret ? EXIT_OK : EXIT_TROUBLE;
}

static enum exit_code pick_of(const struct pick *pick, const struct instance_list *list)
{
    if (!str_eq(pick->name, pick->source->name)) {
        return instance_list_find(list, pick->name) ? take(pick, pick->name)
                                                    : refuse_instance(pick, list);
    }
    if (list->n == 0) {
        return refuse_no_items(pick);
    }
    const char *first = list->v[0]->name;
    if (list->n > 1) {
        show("%s has %zu instances; this is the first, %s\nto see another one: pollbridge test -c "
             "%s '%s'\n\n",
             pick->name, list->n, first, pick->file, list->v[1]->name);
    } else {
        show("%s has one instance, %s\n\n", pick->name, first);
    }
    return take(pick, first);
}

static enum exit_code pick_followed(const struct pick *pick, struct event_base *base)
{
    CLEANUP(instance_list_deinit) struct instance_list list = { 0 };
    CLEANUP(problem_freep) struct problem *why = NULL;
    int r = load_followed(pick, base, &list, &why);

    if (r != 0) {
        (void)fprintf(stderr, "pollbridge: %s\n", why ? why->message : strerror(r < 0 ? -r : EIO));
        return r == -ENOMEM ? EXIT_TROUBLE : EXIT_STORE;
    }
    return list.n == 0 ? refuse_no_items(pick) : pick_of(pick, &list);
}

enum exit_code test_instance_pick(const struct settings *settings, struct event_base *base,
                                  const char *file, const char *name, char **ret)
{
    AUTO_FREE char *source = strndup(name, strcspn(name, "{"));
    const struct pick pick = {
        .settings = settings,
        .file = file,
        .name = name,
        .source = source ? settings_find_source(settings, source) : NULL,
        .ret = ret,
    };

    if (!pick.source) {
        return cli_refuse_source(settings, file, name);
    }
    if (pick.source->for_each.source) {
        return pick_followed(&pick, base);
    }
    return pick.source->fans_out  ? pick_of(&pick, &pick.source->instances)
           : str_eq(name, source) ? take(&pick, name)
                                  : cli_refuse_source(settings, file, name);
}
