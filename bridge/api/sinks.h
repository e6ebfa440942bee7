#pragma once
// /v1/sinks.

#include "bridge/api/route.h"

struct sink_status;

extern const struct api_routes sink_routes;

// A sink as the API shows it; userdata is the struct view.
void sinks_view(const struct sink_status *status, void *userdata);
// The members of a sink as the API shows it; userdata is the struct view, which has an object open.
void sinks_view_members(const struct sink_status *status, void *userdata);
