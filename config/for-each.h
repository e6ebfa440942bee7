#pragma once
// `for_each`: the instances of a source, and the rules around them.

#include <stdbool.h>

#include "config/binder.h"

struct entry;
struct source_settings;

// After the source was bound: makes its instances of a list or a file. `entry` is the source's.
void for_each_bind(struct binder *binder, struct source_settings *source, struct entry *entry);

// When all sources are bound and sorted: those that follow the items of another one find it, and
// are no circle. `sources` is the first entry of the section.
void for_each_link(struct binder *binder, struct entry *sources);

// ---- for-each-file.c ----

struct instance_maker;
struct node;

// Elements on their way into instances, each with its place.
struct for_each_rows {
    struct binder *binder;
    struct source_settings *source;
    struct instance_maker *maker;
    struct place *places; // of the elements; owned
    size_t cap;
    unsigned bad; // elements that were refused
    bool full;    // no more are wanted
};

struct json_object;
// False: no more are wanted. `element` is borrowed.
bool for_each_add(struct for_each_rows *rows, struct place place, struct json_object *element);
// Every entry of a list of YAML.
void for_each_add_nodes(struct for_each_rows *rows, struct node *list);
// What was added becomes the source's instances.
void for_each_finish(struct for_each_rows *rows);
// All of this for every row of the source's file. `place` is where the configuration names it.
void for_each_read_file(struct for_each_rows *rows, struct place place);
