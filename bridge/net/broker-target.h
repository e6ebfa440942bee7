#pragma once
// Copies of what leads to a broker: the settings it stands in may go while a connection stays.

#include <stdbool.h>

#include "bridge/base/cleanup.h"

struct broker_target;

int broker_target_copy(struct broker_target *ret, const struct broker_target *from) MUST_CHECK;
void broker_target_deinit(struct broker_target *target); // wipes what is secret
bool broker_target_equal(const struct broker_target *a, const struct broker_target *b);
