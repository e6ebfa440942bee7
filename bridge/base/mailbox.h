#pragma once
// A bounded queue of messages into one thread. The receiver is either a libevent loop (it watches
// mailbox_fd) or a plain thread (it waits). Order of each sender is kept.

#include <stdbool.h>
#include <stddef.h>

#include "bridge/base/cleanup.h"

// Embedded in the message; the mailbox never allocates per message.
struct mailbox_node {
    struct mailbox_node *next;
};

struct mailbox;

int mailbox_new(struct mailbox **ret, size_t capacity) MUST_CHECK; // 0, -ENOMEM, -errno of eventfd
struct mailbox *mailbox_free(struct mailbox *mailbox);             // must be empty; accepts NULL
DEFINE_CLEANUP(mailbox)

// Puts a message. False when the mailbox is full (the message stays the sender's: slow down).
bool mailbox_try_put(struct mailbox *mailbox, struct mailbox_node *node) MUST_CHECK;
// Waits while the mailbox is full. Never from the loop thread.
void mailbox_put_wait(struct mailbox *mailbox, struct mailbox_node *node);

// Takes everything at once, oldest first; NULL when empty. Clears the readiness of the fd.
struct mailbox_node *mailbox_take_all(struct mailbox *mailbox);
// The same, but waits until there is something or timeout_ms passed (-1: for ever).
struct mailbox_node *mailbox_take_all_wait(struct mailbox *mailbox, int timeout_ms);

int mailbox_fd(const struct mailbox *mailbox); // readable while not empty (an eventfd)
