#pragma once
// From the elements of a list (rows of a file, items of another source) to the instances of a
// source with `for_each`. Pure.

#include <stddef.h>
#include <stdint.h>

#include "bridge/base/cleanup.h"

struct bytes;
struct expr;
struct instance;
struct json_object;
struct problem;
struct source_settings;

struct instance_list {
    struct instance **v; // references; sorted by name
    size_t n;
};
void instance_list_deinit(struct instance_list *list);
struct instance *instance_list_find(const struct instance_list *list, const char *name); // borrowed

enum {
    INSTANCES_E_UNFIT = 1, // this element makes no instance
    INSTANCES_E_TOO_MANY,  // more than for_each.max
};

struct made_instance {
    struct instance *instance;
    uint32_t order; // the element's number, from 0
};

struct instance_maker {
    const struct source_settings *source; // borrowed
    struct expr **members;                // of for_each.members, in their order
    struct made_instance *v;
    size_t n;
    size_t cap;
    uint32_t elements; // seen
};

// 0, -ENOMEM, or INSTANCES_E_UNFIT with words: a path of for_each.members is none.
int instance_maker_init(struct instance_maker *maker, const struct source_settings *source,
                        struct problem **reterr) MUST_CHECK;
void instance_maker_deinit(struct instance_maker *maker);

// `element` is borrowed. With for_each.members each is looked up in it; without, an object is the
// members itself and a scalar stands for {"value": …}. The members are held to what the driver
// makes of them. 0, -ENOMEM, or INSTANCES_E_* with words.
int instance_maker_add(struct instance_maker *maker, struct json_object *element,
                       struct problem **reterr) MUST_CHECK;

// Every item of a stored document, or the one value that it is. Items that make none are passed
// over and counted, the words of the first stay in *why. 0, -ENOMEM, -EINVAL (it cannot be read),
// or INSTANCES_E_TOO_MANY with its words in *why.
int instance_maker_add_document(struct instance_maker *maker, const struct bytes *document,
                                size_t *unfit, struct problem **why) MUST_CHECK;

// What was made, sorted. Of equal ones the first stays; `repeated` (may be NULL) hears of the
// others, with the numbers of both elements. 0 or -ENOMEM.
typedef void (*instance_repeated_fn)(const struct instance *instance, uint32_t first,
                                     uint32_t again, void *userdata);
int instance_maker_finish(struct instance_maker *maker, struct instance_list *ret,
                          instance_repeated_fn repeated, void *userdata) MUST_CHECK;
