#include "bridge/poll/auth/renewals.h"

#include <errno.h>
#include <event2/event.h>
#include <string.h>
#include <sys/queue.h>

#include "bridge/base/log.h"
#include "bridge/base/problem.h"
#include "bridge/base/secret.h"
#include "bridge/poll/politeness/backoff.h"
#include "bridge/spi/store.h"

LIST_HEAD(entry_list, entry);

struct ticket {          // of what the store is at
    struct entry *entry; // NULL: nobody asks any more
};

struct entry {
    LIST_ENTRY(entry) link;
    struct renewals *renewals;
    struct renewal renewal;
    struct ticket *ticket;
    bool is_new; // the store does not have it and is not at it
    unsigned tries;
};

struct renewals {
    struct store *store;
    struct event *timer;
    struct entry_list entries;
    struct problem *refusal;
};

static void on_stored(int result, void *userdata);

// ---- writing ----

static void write_later(struct entry *entry, int error)
{
    int64_t wait_ms = backoff_store_ms(entry->tries);
    const struct timeval wait = { .tv_sec = wait_ms / 1000, .tv_usec = wait_ms % 1000 * 1000 };
    if (entry->tries++ == 0) {
        log_error("a renewed secret cannot be stored now; it is tried again, and lost when the "
                  "daemon ends before that",
                  LOG_STR("auth", entry->renewal.auth), LOG_STR("error", strerror(-error)));
    }
    entry->is_new = true;
    (void)evtimer_add(entry->renewals->timer, &wait);
}

static void write_entry(struct entry *entry)
{
    struct store *store = entry->renewals->store;
    struct ticket *ticket = malloc(sizeof(*ticket));
    int r = ticket ? 0 : -ENOMEM;
    if (r == 0) {
        ticket->entry = entry;
        r = store->ops->keep_renewal(store, &entry->renewal, on_stored, ticket);
    }
    if (r < 0) {
        free(ticket);
        write_later(entry, r);
        return;
    }
    entry->ticket = ticket;
    entry->is_new = false;
}

static void on_stored(int result, void *userdata)
{
    AUTO_FREE struct ticket *ticket = userdata;
    struct entry *entry = ticket->entry;
    if (!entry) {
        return;
    }
    entry->ticket = NULL;
    if (result < 0) {
        write_later(entry, result);
        return;
    }
    entry->tries = 0;
    if (entry->is_new) { // another one came meanwhile
        write_entry(entry);
    }
}

static void on_timer(evutil_socket_t fd, short what, void *userdata)
{
    struct renewals *renewals = userdata;
    struct entry *entry;
    (void)fd;
    (void)what;
    LIST_FOREACH (entry, &renewals->entries, link) {
        if (entry->is_new && !entry->ticket) {
            write_entry(entry);
        }
    }
}

// ---- the entries ----

static struct entry *find(const struct renewals *renewals, const char *auth)
{
    struct entry *entry;
    LIST_FOREACH (entry, &renewals->entries, link) {
        if (strcmp(entry->renewal.auth, auth) == 0) {
            return entry;
        }
    }
    return NULL;
}

// The entry holds it afterwards, struck out of every log line.
static int set_renewal(struct entry *entry, struct renewal *take)
{
    struct renewal *held = &entry->renewal;
    int r = secret_register(take->value.data, take->value.len);
    if (r < 0) {
        return r;
    }
    if (held->value.data) {
        secret_unregister(held->value.data, held->value.len);
    }
    renewal_deinit(held);
    *held = *take;
    *take = (struct renewal){ 0 };
    return 0;
}

static int add_entry(struct renewals *renewals, struct renewal *take, struct entry **ret)
{
    struct entry *entry = calloc(1, sizeof(*entry));
    if (!entry) {
        return -ENOMEM;
    }
    entry->renewals = renewals;
    int r = set_renewal(entry, take);
    if (r < 0) {
        free(entry);
        return r;
    }
    LIST_INSERT_HEAD(&renewals->entries, entry, link);
    *ret = entry;
    return 0;
}

static void entry_free(struct entry *entry)
{
    if (entry->is_new && !entry->ticket) {
        write_entry(entry);
    }
    if (entry->ticket) {
        entry->ticket->entry = NULL;
    }
    LIST_REMOVE(entry, link);
    secret_unregister(entry->renewal.value.data, entry->renewal.value.len);
    renewal_deinit(&entry->renewal);
    free(entry);
}

// ---- the whole ----

int renewals_new(struct renewals **ret, struct event_base *base, struct store *store)
{
    CLEANUP(renewals_freep) struct renewals *renewals = calloc(1, sizeof(*renewals));
    if (!renewals) {
        return -ENOMEM;
    }
    renewals->store = store;
    LIST_INIT(&renewals->entries);
    renewals->timer = evtimer_new(base, on_timer, renewals);
    if (!renewals->timer) {
        return -ENOMEM;
    }
    *ret = STEAL(renewals);
    return 0;
}

struct renewals *renewals_free(struct renewals *renewals)
{
    if (!renewals) {
        return NULL;
    }
    while (!LIST_EMPTY(&renewals->entries)) {
        entry_free(LIST_FIRST(&renewals->entries));
    }
    if (renewals->timer) {
        event_free(renewals->timer);
    }
    (void)problem_free(renewals->refusal);
    free(renewals);
    return NULL;
}

int renewals_load(struct renewals *renewals)
{
    struct store *store = renewals->store;
    CLEANUP(renewal_list_deinit) struct renewal_list list = { 0 };
    struct entry *unused;
    int r = store->ops->load_renewals(store, &list, &renewals->refusal);
    if (r == -ENOMEM) {
        return r;
    }
    for (size_t i = 0; i < list.n; i++) {
        r = add_entry(renewals, &list.v[i], &unused);
        if (r < 0) {
            return r;
        }
    }
    return 0;
}

const char *renewals_refusal(const struct renewals *renewals)
{
    return renewals->refusal ? renewals->refusal->message : NULL;
}

const struct secret *renewals_find(const struct renewals *renewals, const char *auth,
                                   const struct secret *seed)
{
    unsigned char digest[SECRET_DIGEST_SIZE];
    const struct entry *entry = find(renewals, auth);
    secret_digest(seed, digest);
    bool fits = entry && memcmp(entry->renewal.seed, digest, sizeof(digest)) == 0;
    return fits ? &entry->renewal.value : NULL;
}

int renewals_keep(struct renewals *renewals, const char *auth, const struct secret *seed,
                  const struct secret *value)
{
    CLEANUP(renewal_deinit) struct renewal renewal = { .auth = strdup(auth) };
    struct entry *entry = find(renewals, auth);
    secret_digest(seed, renewal.seed);
    int r = renewal.auth ? secret_init(&renewal.value, value->data, value->len) : -ENOMEM;
    if (r == 0) {
        r = entry ? set_renewal(entry, &renewal) : add_entry(renewals, &renewal, &entry);
    }
    if (r < 0) {
        return r;
    }
    entry->is_new = true;
    if (!entry->ticket) {
        write_entry(entry);
    }
    return 0;
}
