#pragma once
// /v1/events, as the store has them: an event looks here as it was sent.

#include "bridge/api/route.h"

extern const struct api_routes event_routes;
