#pragma once
// /v1/deliveries and /v1/attempts, and the same of one sink or event.

#include "bridge/api/route.h"

extern const struct api_routes delivery_routes;
