#pragma once
// How many connections the listener has at a time, and how long each may take. evhttp of libevent
// 2.1 knows no such limit, its time-outs begin anew with every byte, and it does not tell when a
// connection ends. So the buffer events it uses are counted: a reference is held on each, and one
// whose callbacks are gone has been freed by evhttp.
//
// A connection has a time by which its request must be there as a whole, and then one by which the
// answer must be taken; it is cut when that is past. While the limit is reached, those that wait
// for a second without a request are cut, and new ones wait in the listen queue until a place is
// free.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/base/cleanup.h"

struct bufferevent;
struct evconnlistener;
struct event;
struct event_base;

#define CONNECTIONS_MAX 256

#define CONNECTION_REQUEST_MS 15000  // from its beginning, or the last answer, to a whole request
#define CONNECTION_ANSWER_MS  120000 // from there until the answer is taken

struct connection {
    struct bufferevent *bev;
    int64_t since_ms; // monotonic
    int64_t until_ms; // INT64_MAX: as long as it likes
    bool is_asking;   // no whole request is there
};

struct connection_limit {
    struct evconnlistener *listener; // borrowed; set by the owner when it listens
    struct event *timer;
    struct connection open[CONNECTIONS_MAX];
    size_t n;
};

int connection_limit_init(struct connection_limit *limit, struct event_base *base) MUST_CHECK;
void connection_limit_deinit(struct connection_limit *limit); // after the evhttp is freed
// For evhttp_set_bevcb, with the struct as argument.
struct bufferevent *connection_limit_on_open(struct event_base *base, void *limit);

// Bytes of answers that were not taken yet, over all connections.
size_t connection_limit_outgoing(const struct connection_limit *limit);

// Its request is there. / Its answer was taken. / It is a stream: time does not count.
void connection_limit_asked(struct connection_limit *limit, const struct bufferevent *bev);
void connection_limit_answered(struct connection_limit *limit, const struct bufferevent *bev);
void connection_limit_exempt(struct connection_limit *limit, const struct bufferevent *bev);
