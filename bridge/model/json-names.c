// The answers of an API have a few dozen names, which stand in every item: a copy for each of them
// would be a third of the allocations of a tree. The names kept are bounded in number and length
// and never dropped, so that any tree may refer to them. A place is given to a name that is asked
// for twice in a row there: names that are really data (ids as member names) push each other out
// before they get one.

#include "bridge/model/json-names.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/base/hash.h"

#define NAMES_MAX    2048 // a power of 2
#define NAME_MAX_LEN 39

struct name {
    size_t len;
    char text[NAME_MAX_LEN + 1];
};

struct place_of_name {
    _Atomic(const struct name *) name;
    atomic_uint_least64_t asked; // the hash of the one asked for last
};

static struct place_of_name places[NAMES_MAX];

static const struct name *settle(struct place_of_name *place, const char *text, size_t len)
{
    struct name *name = malloc(sizeof(*name));
    if (!name) {
        return NULL;
    }
    name->len = len;
    memcpy(name->text, text, len);
    name->text[len] = '\0';
    const struct name *there = NULL;
    if (!atomic_compare_exchange_strong(&place->name, &there, name)) {
        free(name);
        return there;
    }
    return name;
}

const char *name_keep(const char *text, size_t len)
{
    if (len > NAME_MAX_LEN) {
        return NULL;
    }
    uint64_t hash = hash64_of(text, len);
    struct place_of_name *place = &places[hash % NAMES_MAX];
    const struct name *name = atomic_load_explicit(&place->name, memory_order_acquire);
    if (!name) {
        if (atomic_exchange_explicit(&place->asked, hash, memory_order_relaxed) != hash) {
            return NULL;
        }
        name = settle(place, text, len);
    }
    return name && name->len == len && memcmp(name->text, text, len) == 0 ? name->text : NULL;
}
