#pragma once
// What every step of a load shares. Steps return whether they succeeded; why not stands in the list
// of problems (or in its no_memory), so that one mistake does not hide the next.

#include <stdbool.h>

#include "config/arena.h"
#include "config/problems.h"

struct node;
struct settings;
struct time_zone;

#define EXPANDED_MAX ((size_t)64 * 1024 * 1024)

struct binder { // all borrowed, but `zone`
    struct arena *arena;
    struct problem_list *problems;
    struct settings *settings; // collects the secrets to strike out
    const char *directory;     // what relative paths start with: "" or text that ends in '/'
    const char *(*getenv)(const char *name);
    struct node *defaults; // the `defaults:` mapping; NULL when there is none
    // A sink that comes through the API: what only the file may say is refused, and zero.
    bool is_untrusted;
    bool allow_http;                // then: whether a URL may be without TLS
    const struct settings *sources; // that it may name; NULL: any
    struct time_zone *zone;         // the one named last; a reference
    size_t expanded_bytes;          // that ${…} brought in so far, at most EXPANDED_MAX
};

// Notes that memory ran out; always false.
static inline bool binder_no_memory(struct binder *binder)
{
    binder->problems->no_memory = true;
    return false;
}
