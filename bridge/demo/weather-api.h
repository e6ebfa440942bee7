#pragma once
// The demo's upstream: GET /v1/location?city=Madrid answers the weather there, when asked, like so
// many real ones. Madrid and Nairobi carry an ETag and answer 304; Oslo knows no validators and
// stamps each answer with the time, as noisy APIs do. Loop thread.

#include "bridge/base/cleanup.h"

struct event_base;
struct weather_api;

int weather_api_new(struct weather_api **ret, struct event_base *base) MUST_CHECK;
struct weather_api *weather_api_free(struct weather_api *api); // accepts NULL
DEFINE_CLEANUP(weather_api)

const char *weather_api_url(const struct weather_api *api); // borrowed
