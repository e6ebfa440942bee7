#include "bridge/net/socket-table.h"

#include <errno.h>
#include <string.h>

#include <event2/event.h>
#include <event2/event_struct.h>

struct watched {
    struct socket_table *table;
    struct event event;
    void *owner;
    size_t *counter; // of adopted sockets; NULL: not adopted
    short interest;  // of the event as it is added; 0: not added
    bool in_use;     // libcurl wants to hear of it
};

struct socket_table {
    struct event_base *base;
    socket_ready_fn ready;
    struct watched **by_fd;
    size_t size;
};

int socket_table_new(struct socket_table **ret, struct event_base *base, socket_ready_fn ready)
{
    struct socket_table *table = calloc(1, sizeof(*table));
    if (!table) {
        return -ENOMEM;
    }
    table->base = base;
    table->ready = ready;
    *ret = table;
    return 0;
}

static void stop_watching(struct watched *watched)
{
    if (watched->interest != 0) {
        (void)event_del(&watched->event);
        watched->interest = 0;
    }
}

static struct watched *find(const struct socket_table *table, int fd)
{
    return (size_t)fd < table->size ? table->by_fd[fd] : NULL;
}

static void forget(struct socket_table *table, int fd)
{
    struct watched *watched = find(table, fd);
    if (watched) {
        stop_watching(watched);
        table->by_fd[fd] = NULL;
        free(watched);
    }
}

struct socket_table *socket_table_free(struct socket_table *table)
{
    if (table) {
        for (size_t fd = 0; fd < table->size; fd++) {
            forget(table, (int)fd);
        }
        free(table->by_fd);
        free(table);
    }
    return NULL;
}

static int make_room(struct socket_table *table, size_t fd)
{
    if (fd < table->size) {
        return 0;
    }
    size_t size = table->size == 0 ? 64 : table->size;
    while (size <= fd) {
        size *= 2;
    }
    struct watched **grown = reallocarray(table->by_fd, size, sizeof(struct watched *));
    if (!grown) {
        return -ENOMEM;
    }
    memset(grown + table->size, 0, (size - table->size) * sizeof(struct watched *));
    table->by_fd = grown;
    table->size = size;
    return 0;
}

static int find_or_add(struct socket_table *table, int fd, struct watched **ret)
{
    int r = make_room(table, (size_t)fd);
    if (r < 0) {
        return r;
    }
    if (!table->by_fd[fd]) {
        struct watched *watched = calloc(1, sizeof(*watched));
        if (!watched) {
            return -ENOMEM;
        }
        watched->table = table;
        table->by_fd[fd] = watched;
    }
    *ret = table->by_fd[fd];
    return 0;
}

int socket_table_adopt(struct socket_table *table, int fd, size_t *counter)
{
    struct watched *watched = NULL;
    forget(table, fd);
    int r = find_or_add(table, fd, &watched);
    if (r == 0) {
        watched->counter = counter;
        (*counter)++;
    }
    return r;
}

void socket_table_close(struct socket_table *table, int fd)
{
    const struct watched *watched = find(table, fd);
    if (watched && watched->counter) {
        (*watched->counter)--;
    }
    forget(table, fd);
    (void)close(fd);
}

static void on_event(evutil_socket_t fd, short what, void *arg)
{
    struct watched *watched = arg;
    if (!watched->in_use) {
        stop_watching(watched);
        return;
    }
    watched->table->ready(fd, what, watched->owner);
}

int socket_table_watch(struct socket_table *table, int fd, short interest, void *owner)
{
    struct watched *watched = NULL;
    int r = find_or_add(table, fd, &watched);
    if (r < 0) {
        return r;
    }
    watched->owner = owner;
    watched->in_use = true;
    if (watched->interest == interest) {
        return 0;
    }
    stop_watching(watched);
    if (event_assign(&watched->event, table->base, fd, (short)(interest | EV_PERSIST), on_event,
                     watched) < 0 ||
        event_add(&watched->event, NULL) < 0) {
        return -ENOMEM;
    }
    watched->interest = interest;
    return 0;
}

void socket_table_unwatch(struct socket_table *table, int fd)
{
    struct watched *watched = find(table, fd);
    if (watched && watched->counter) {
        watched->in_use = false;
    } else {
        forget(table, fd);
    }
}
