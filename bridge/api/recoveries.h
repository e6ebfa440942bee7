#pragma once
// Stored events once more: recover, replay, resend, and how far they came.

#include "bridge/api/route.h"

extern const struct api_routes recovery_routes;
