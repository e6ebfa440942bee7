#pragma once
// The store's own thread: runs messages in the order they were put, many in one transaction, and
// answers each only when that transaction is durable.
//
// Group commit: a message that comes when nothing was written for a while is written at once;
// otherwise transactions begin at least a gap apart, and all that arrived meanwhile shares the next
// one. A message that fails alone (a conflict) is undone alone; when the transaction itself fails,
// all of it is answered with the errno and the next one starts afresh.

#include <stdbool.h>
#include <stdint.h>

#include "bridge/base/cleanup.h"

struct database;
struct mailbox;
struct message;
struct store_stats;
struct store_thread;

struct store_thread_settings {
    const char *path;        // of the database; borrowed while the thread lives
    int64_t gap_ms;          // between the beginnings of transactions
    size_t capacity;         // messages put and not yet taken
    struct mailbox *answers; // borrowed; never full: it has room for every message not answered
};

// Consumes the connection (zeroed afterwards), also on failure. 0 or -errno.
int store_thread_start(struct store_thread **ret, struct database *take,
                       const struct store_thread_settings *settings) MUST_CHECK;

// False when `capacity` is reached: the message stays the caller's.
bool store_thread_try_put(struct store_thread *thread, struct message *message) MUST_CHECK;

// Runs and answers what was put, writes the WAL back, closes the connection, ends. Accepts NULL.
struct store_thread *store_thread_stop(struct store_thread *thread);

// Any thread.
void store_thread_stats(const struct store_thread *thread, struct store_stats *ret);
