#pragma once
// Which instance `pollbridge test` polls when it is told no more than the name of a source.

#include "bridge/cli/cli.h"

struct event_base;
struct settings;

// *ret is the name of a source or of an instance that is there, owned. Says which one it is and how
// another one is named where there are several; and what is wrong with `name`. EXIT_OK, or why the
// command ends.
enum exit_code test_instance_pick(const struct settings *settings, struct event_base *base,
                                  const char *file, const char *name, char **ret) MUST_CHECK;
