#pragma once
// What the API may do to sinks: the registry, the dispatcher, recoveries and tests behind one table
// of functions.

#include "bridge/base/cleanup.h"
#include "bridge/spi/sink-admin.h"

struct dispatcher;
struct recoveries;
struct settings;
struct sink_registry;
struct sink_tests;
struct sink_verifies;

struct sink_actions { // borrowed; the userdata of the table
    struct dispatcher *dispatcher;
    struct recoveries *recoveries;
    struct sink_registry *registry;
    struct sink_tests *tests;
    struct sink_verifies *verifies;
    struct settings *(*settings)(void *userdata); // in force
    void *userdata;
};

struct sink_admin sink_actions_admin(struct sink_actions *actions);
