#pragma once
// What commands print of answers, events and deliveries. Everything passes the list of secrets: an
// API may well repeat the token it was given.

#include <stdint.h>

#include "bridge/base/cleanup.h"

struct bytes;
struct delivery_list;
struct event_list;
struct json_object;

PRINTF_LIKE(1, 2) void show(const char *format, ...); // on standard output
void show_body(const struct bytes *body);             // its first 1,000 bytes
void show_wait(int64_t wait_ms);                      // as a person says it: to the second

// Who would get which event: "to sink ops" by its id. `*ret` is made when it is NULL. 0 or -ENOMEM.
int show_note_deliveries(struct json_object **ret,
                         const struct delivery_list *deliveries) MUST_CHECK;
// How many, and the first ones in full, with what was noted of them; NULL is fine for both.
void show_events(const struct event_list *events, struct json_object *noted);
