#pragma once
// How many connections the listener has at a time. evhttp of libevent 2.1 knows no such limit and
// does not tell when a connection ends, so the buffer events it uses are counted: a reference is
// held on each, and one whose callbacks are gone has been freed by evhttp. While the limit is
// reached new connections wait in the listen queue.

#include <stdbool.h>
#include <stddef.h>

#include "bridge/base/cleanup.h"

struct bufferevent;
struct evconnlistener;
struct event;
struct event_base;

#define CONNECTIONS_MAX 256

struct connection_limit {
    struct evconnlistener *listener; // borrowed; set by the owner when it listens
    struct event *timer;
    struct bufferevent *open[CONNECTIONS_MAX];
    size_t n;
};

int connection_limit_init(struct connection_limit *limit, struct event_base *base) MUST_CHECK;
void connection_limit_deinit(struct connection_limit *limit); // after the evhttp is freed
// For evhttp_set_bevcb, with the struct as argument.
struct bufferevent *connection_limit_on_open(struct event_base *base, void *limit);
