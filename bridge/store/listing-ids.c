#include "bridge/store/listing-ids.h"

#include <errno.h>

#include "bridge/store/database.h"
#include "bridge/store/query.h"

struct chunk {
    int64_t ids[LISTING_CHUNK];
    size_t n;
};

static int load_chunk(struct database *db, const struct listing_walk *walk, int64_t after,
                      struct chunk *ret)
{
    struct query q;
    query_begin(&q, db, walk->statement);
    if (walk->text) {
        query_bind_text(&q, walk->text);
    }
    if (walk->number >= 0) {
        query_bind_i64(&q, walk->number);
    }
    query_bind_i64(&q, after);
    query_bind_i64(&q, LISTING_CHUNK);
    int r = 0;
    ret->n = 0;
    while (ret->n < LISTING_CHUNK && (r = query_step(&q)) > 0) {
        ret->ids[ret->n++] = query_i64(&q);
    }
    return query_end(&q, r);
}

struct walker {
    struct database *db;
    const struct listing_walk *walk;
    listing_look_fn look;
    void *userdata;
    size_t looked;
    size_t fitted;
    int64_t at; // behind everything that was looked at
    bool over;
    bool done;
};

static bool is_below(const struct walker *walker, int64_t id)
{
    return !walker->walk->oldest_first && id < walker->walk->least;
}

static int look_at_row(struct walker *walker, int64_t id)
{
    if (is_below(walker, id)) {
        walker->done = walker->over = true;
        return 0;
    }
    int r = walker->look(walker->db, id, walker->userdata);
    if (r < 0) {
        return r;
    }
    walker->at = id;
    walker->looked++;
    walker->fitted += r != 0;
    walker->over = r == LISTING_ENOUGH || walker->fitted == walker->walk->limit ||
                   walker->looked == LISTING_ROWS_MAX;
    return 0;
}

static int look_at_chunk(struct walker *walker)
{
    struct chunk chunk;
    int r = load_chunk(walker->db, walker->walk, walker->at, &chunk);
    for (size_t i = 0; r == 0 && i < chunk.n && !walker->over; i++) {
        r = look_at_row(walker, chunk.ids[i]);
    }
    if (chunk.n == 0) {
        walker->done = walker->over = true;
    }
    return r;
}

// Is there anything behind the place where the page ended?
static int look_behind(struct walker *walker)
{
    struct chunk rest;
    int r = load_chunk(walker->db, walker->walk, walker->at, &rest);
    walker->done = rest.n == 0 || is_below(walker, rest.ids[0]);
    return r;
}

static int64_t first_place(const struct listing_walk *walk)
{
    int64_t after = walk->after.id;
    if (walk->oldest_first) {
        return after < walk->least ? walk->least - 1 : after;
    }
    return after ? after : INT64_MAX;
}

int listing_walk(struct database *db, const struct listing_walk *walk, listing_look_fn look,
                 void *userdata, struct listing_end *ret)
{
    struct walker walker = {
        .db = db,
        .walk = walk,
        .look = look,
        .userdata = userdata,
        .at = first_place(walk),
    };
    int r = 0;
    while (r == 0 && !walker.over) {
        r = look_at_chunk(&walker);
    }
    if (r == 0 && !walker.done) {
        r = look_behind(&walker);
    }
    ret->done = walker.done;
    ret->place = walker.looked ? (struct listing_place){ .id = walker.at } : walk->after;
    return r;
}
