#pragma once
// /v1/events/stream: events as they are stored, as server-sent events. A stream reads the store
// like a page does, one piece at a time, and reads on when the client took what it was sent:
// nothing grows with a slow client, and one that takes nothing for a while is dropped. Loop thread
// only.

#include "bridge/api/route.h"
#include "bridge/base/cleanup.h"

struct api_calls;
struct api_streams;
struct event_base;
struct store;

extern const struct api_routes stream_routes;

int streams_new(struct api_streams **ret, struct event_base *base, struct store *store,
                struct api_calls *calls) MUST_CHECK;
// Before the listener goes: the streams end.
struct api_streams *streams_free(struct api_streams *streams);
