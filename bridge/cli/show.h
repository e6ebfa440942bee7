#pragma once
// What commands print of answers, events and deliveries. Everything passes the list of secrets: an
// API may well repeat the token it was given.

#include "bridge/base/cleanup.h"

struct bytes;
struct delivery_list;
struct event_list;

PRINTF_LIKE(1, 2) void show(const char *format, ...); // on standard output
void show_body(const struct bytes *body);             // its first 2,000 bytes
void show_events(const struct event_list *events);    // NULL is fine
void show_deliveries(const struct delivery_list *deliveries);
