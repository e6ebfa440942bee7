// A list under one lock. The eventfd is written when the list stops being empty and read when it
// is taken, so a burst of messages costs two system calls and not two each.

#include "bridge/base/mailbox.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <time.h>

struct mailbox {
    pthread_mutex_t lock;
    pthread_cond_t not_full;
    pthread_cond_t not_empty;
    struct mailbox_node *head;
    struct mailbox_node *tail;
    size_t n;
    size_t capacity;
    int fd;
};

int mailbox_new(struct mailbox **ret, size_t capacity)
{
    struct mailbox *mailbox = calloc(1, sizeof(*mailbox));
    if (!mailbox) {
        return -ENOMEM;
    }
    mailbox->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (mailbox->fd < 0) {
        int error = -errno;
        free(mailbox);
        return error;
    }
    mailbox->capacity = capacity;
    pthread_condattr_t attributes;
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_mutex_init(&mailbox->lock, NULL);
    (void)pthread_cond_init(&mailbox->not_full, NULL);
    (void)pthread_cond_init(&mailbox->not_empty, &attributes);
    (void)pthread_condattr_destroy(&attributes);
    *ret = mailbox;
    return 0;
}

struct mailbox *mailbox_free(struct mailbox *mailbox)
{
    if (mailbox) {
        assert(!mailbox->head);
        (void)close(mailbox->fd);
        (void)pthread_cond_destroy(&mailbox->not_empty);
        (void)pthread_cond_destroy(&mailbox->not_full);
        (void)pthread_mutex_destroy(&mailbox->lock);
        free(mailbox);
    }
    return NULL;
}

// With the lock held and room for one more.
static void append(struct mailbox *mailbox, struct mailbox_node *node)
{
    node->next = NULL;
    if (mailbox->tail) {
        mailbox->tail->next = node;
    } else {
        mailbox->head = node;
        const uint64_t one = 1;
        (void)!write(mailbox->fd, &one, sizeof(one)); // from zero it can neither fail nor block
        (void)pthread_cond_signal(&mailbox->not_empty);
    }
    mailbox->tail = node;
    mailbox->n++;
}

bool mailbox_try_put(struct mailbox *mailbox, struct mailbox_node *node)
{
    (void)pthread_mutex_lock(&mailbox->lock);
    bool room = mailbox->n < mailbox->capacity;
    if (room) {
        append(mailbox, node);
    }
    (void)pthread_mutex_unlock(&mailbox->lock);
    return room;
}

void mailbox_put_wait(struct mailbox *mailbox, struct mailbox_node *node)
{
    (void)pthread_mutex_lock(&mailbox->lock);
    while (mailbox->n >= mailbox->capacity) {
        (void)pthread_cond_wait(&mailbox->not_full, &mailbox->lock);
    }
    append(mailbox, node);
    (void)pthread_mutex_unlock(&mailbox->lock);
}

// With the lock held.
static struct mailbox_node *take(struct mailbox *mailbox)
{
    struct mailbox_node *taken = mailbox->head;
    if (!taken) {
        return NULL;
    }
    uint64_t count;
    (void)!read(mailbox->fd, &count, sizeof(count));
    if (mailbox->n >= mailbox->capacity) {
        (void)pthread_cond_broadcast(&mailbox->not_full);
    }
    mailbox->head = NULL;
    mailbox->tail = NULL;
    mailbox->n = 0;
    return taken;
}

struct mailbox_node *mailbox_take_all(struct mailbox *mailbox)
{
    (void)pthread_mutex_lock(&mailbox->lock);
    struct mailbox_node *taken = take(mailbox);
    (void)pthread_mutex_unlock(&mailbox->lock);
    return taken;
}

static struct timespec after_ms(int timeout_ms)
{
    struct timespec at;
    (void)clock_gettime(CLOCK_MONOTONIC, &at);
    at.tv_sec += timeout_ms / 1000;
    at.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
    if (at.tv_nsec >= 1000000000) {
        at.tv_sec++;
        at.tv_nsec -= 1000000000;
    }
    return at;
}

struct mailbox_node *mailbox_take_all_wait(struct mailbox *mailbox, int timeout_ms)
{
    struct timespec until = after_ms(timeout_ms < 0 ? 0 : timeout_ms);
    int waited = 0;
    (void)pthread_mutex_lock(&mailbox->lock);
    while (!mailbox->head && waited == 0) {
        waited = timeout_ms < 0
                     ? pthread_cond_wait(&mailbox->not_empty, &mailbox->lock)
                     : pthread_cond_timedwait(&mailbox->not_empty, &mailbox->lock, &until);
    }
    struct mailbox_node *taken = take(mailbox);
    (void)pthread_mutex_unlock(&mailbox->lock);
    return taken;
}

int mailbox_fd(const struct mailbox *mailbox)
{
    return mailbox->fd;
}
