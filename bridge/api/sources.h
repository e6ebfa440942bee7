#pragma once
// /v1/sources.

#include "bridge/api/route.h"

extern const struct api_routes source_routes;
