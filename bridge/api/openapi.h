#pragma once
// /openapi.json: what the API answers, as an OpenAPI 3.1 document made from the tables of routes.
// Only the shapes of what is answered stand apart, in schemas.json.

#include "bridge/api/route.h"

extern const struct api_routes openapi_routes;
