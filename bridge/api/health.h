#pragma once
// /healthz, /readyz and /metrics.

#include "bridge/api/route.h"

extern const struct api_routes health_routes;
