#pragma once
// What the fakes share among themselves.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/unit/deliver/fakes.h"

void fake_moved(void); // something happened: the world is not quiet yet
void fake_delivery(const struct fake_row *row, struct delivery *ret);

void fake_store_open(struct fake_store *store, struct event_base *base);
void fake_store_close(struct fake_store *store);
int64_t fake_store_add(struct fake_store *store, const char *sink, const char *lane,
                       int64_t event_at_ms);

void fake_net_open(struct event_base *base);
void fake_net_close(void);

extern const struct sink_driver fake_http_driver;
extern const struct sink_driver fake_stream_driver;
