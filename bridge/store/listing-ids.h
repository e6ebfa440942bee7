#pragma once
// The ids along which a page goes: a statement gives them in order, in chunks, until the page has
// enough or looked at enough. For the listings only.

#include <stddef.h>
#include <stdint.h>

#include "bridge/base/cleanup.h"
#include "bridge/spi/listing.h"
#include "bridge/store/statements.h"

struct database;

#define LISTING_CHUNK    250
#define LISTING_ROWS_MAX 20000 // that one page looks at

// Gives ids beyond its last parameters: the id behind which it continues, and how many.
struct listing_walk {
    enum statement statement;
    const char *text;  // bound first when it is set,
    int64_t number;    // then this when it is not -1
    bool oldest_first; // the statement goes up
    int64_t least;     // no id below
    struct listing_place after;
    size_t limit; // rows that fit; the walk ends with that many
};

enum { LISTING_FITS = 1, LISTING_ENOUGH }; // what `look` returns; 0: it does not fit

// Looks at one row. LISTING_ENOUGH: it fitted and the page ends. Negative: -errno.
typedef int (*listing_look_fn)(struct database *db, int64_t id, void *userdata);

int listing_walk(struct database *db, const struct listing_walk *walk, listing_look_fn look,
                 void *userdata, struct listing_end *ret) MUST_CHECK;
