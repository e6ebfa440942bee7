#pragma once
// Handlers of /v1/sources.

struct api_call;

void sources_list(const struct api_call *call);   // ?limit=50&iterator=NAME
void sources_get(const struct api_call *call);    // one, with what explains its silence
void sources_poll(const struct api_call *call);   // now
void sources_accept(const struct api_call *call); // now, and its answer is believed
