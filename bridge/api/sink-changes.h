#pragma once
// What may be done to sinks: they come, change and go, are disabled, enabled and tested.

#include "bridge/api/route.h"

extern const struct api_routes sink_change_routes;
