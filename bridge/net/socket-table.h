#pragma once
// The sockets libcurl works with, by descriptor, each with one libevent event. Loop thread only.
//
// libcurl asks to stop watching a connection after every request and to watch it again with the
// next one; obeying would cost two epoll_ctl calls a request. The event of a socket we opened stays
// until the interest changes or the socket is closed. When an idle connection becomes readable
// meanwhile (the peer closed it), watching stops; libcurl notices before it uses it again.

#include <stdbool.h>
#include <stddef.h>

#include "bridge/base/cleanup.h"

struct event_base;
struct socket_table;

// `what` is EV_READ and EV_WRITE of libevent; `owner` as given to socket_table_watch.
typedef void (*socket_ready_fn)(int fd, short what, void *owner);

int socket_table_new(struct socket_table **ret, struct event_base *base,
                     socket_ready_fn ready) MUST_CHECK;
struct socket_table *socket_table_free(struct socket_table *table); // accepts NULL
DEFINE_CLEANUP(socket_table)

// A socket of ours: it is closed by socket_table_close alone. *counter is one larger until then.
// 0 or -ENOMEM.
int socket_table_adopt(struct socket_table *table, int fd, size_t *counter) MUST_CHECK;
void socket_table_close(struct socket_table *table, int fd);

// libcurl's interest; a descriptor that was never adopted (its resolver's) is watched too.
int socket_table_watch(struct socket_table *table, int fd, short interest, void *owner) MUST_CHECK;
void socket_table_unwatch(struct socket_table *table, int fd);
