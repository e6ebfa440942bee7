#pragma once
// Sources whose instances are the items of another one: when its accepted items change, a worker
// makes the instances anew. Loop thread only.

#include <stdbool.h>
#include <stddef.h>

#include "bridge/base/cleanup.h"

struct event;
struct event_base;
struct expansion;
struct instance_list;
struct settings;
struct source_list;
struct source_settings;
struct workers;

struct expansions {
    struct workers *workers;           // borrowed; their context is a struct worker
    const struct source_list *sources; // borrowed
    // The instances of that source, of the settings in force, from now on.
    void (*on_instances)(const struct source_settings *source,
                         const struct instance_list *instances, void *userdata);
    void (*on_idle)(void *userdata); // what was under way is done
    void *userdata;

    struct settings *settings; // a reference
    struct expansion *v;
    size_t n;
    size_t pending; // asked for or under way
    struct event *timer;
};

// What comes before `settings` is set by the owner. 0 or -ENOMEM.
int expansions_init(struct expansions *expansions, struct event_base *base) MUST_CHECK;
void expansions_deinit(struct expansions *expansions);

// A configuration came into force. All instances are made anew; what was under way is forgotten.
int expansions_apply(struct expansions *expansions, struct settings *settings) MUST_CHECK;
// The accepted items of that source are others now.
void expansions_tell(struct expansions *expansions, const char *source);

// Were the instances of that source made since it came into force? (Until then those it had stay.)
bool expansions_know(const struct expansions *expansions, const char *source);
