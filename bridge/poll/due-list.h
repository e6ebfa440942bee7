#pragma once
// Which source is polled next, and when: due times over a source list, and the timer that says so.
// Loop thread only.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/base/cleanup.h"
#include "bridge/base/heap.h"
#include "bridge/model/pace.h"

struct clock;
struct instant;
struct event;
struct event_base;
struct poll_end;
struct poll_source;
struct source_list;

struct due_list {
    const struct clock *clock;         // borrowed
    const struct source_list *sources; // borrowed
    // Its time has come: to be polled or, when its turn_ms says that this comes later, to tell what
    // waits. It is out of the list then. May put it back.
    void (*on_due)(struct poll_source *source, void *userdata);
    void *userdata;

    struct heap heap; // by id of the source
    struct event *timer;
    int64_t armed_for_ms; // the due time the timer waits for; below 0: it does not
    bool running;
};

// What comes before `heap` is set by the owner. 0 or -ENOMEM.
int due_list_init(struct due_list *list, struct event_base *base) MUST_CHECK;
void due_list_deinit(struct due_list *list);

// Gives every source with a schedule that is not being polled a place, unless it has one that
// still fits its interval; the others lose theirs. What missed its turn while nobody polled comes
// soon, spread.
void due_list_place_all(struct due_list *list);
void due_list_start(struct due_list *list);
void due_list_stop(struct due_list *list); // keeps the places, calls nobody any more

// Or moves it. The wait is counted from `now` on.
void due_list_put(struct due_list *list, struct poll_source *source, const struct poll_rest *wait,
                  struct instant now);
void due_list_remove(struct due_list *list, struct poll_source *source);
// Its id was another one.
void due_list_renumber(struct due_list *list, struct poll_source *source, uint32_t before);

// How long after the end of its poll the source is polled again, and what decides it.
struct poll_rest due_list_wait(const struct poll_source *source, const struct poll_end *end);
// What is left of the back-off and of what the API asked for at the last poll, which may have been
// that of a process before.
struct poll_rest due_list_rest_left(const struct poll_source *source, int64_t wall_now_ms);
// Turns that passed while the poll that ended now was under way.
uint64_t due_list_missed(const struct poll_source *source, struct instant now);
