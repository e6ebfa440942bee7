#pragma once
// The thread of one broker and its connection: jobs go in by a mailbox of its own and come back,
// answered, by one that all brokers share.

#include <stdbool.h>

#include "bridge/base/cleanup.h"

struct broker_job;
struct broker_thread;
struct mailbox;
struct message;

#define BROKER_JOBS_MAX 1024

// For messages that go where this one goes: its target is copied. 0, -ENOMEM, or the negative errno
// of pthread_create.
int broker_thread_new(struct broker_thread **ret, const struct message *first,
                      struct mailbox *to_loop) MUST_CHECK;
bool broker_thread_serves(const struct broker_thread *thread, const struct message *message);
// False when there are BROKER_JOBS_MAX already.
bool broker_thread_put(struct broker_thread *thread, struct broker_job *job) MUST_CHECK;
// The last job, without a message: it comes back when the thread has done all before it.
void broker_thread_end(struct broker_thread *thread, struct broker_job *last);
// After the last job came back. Accepts NULL.
struct broker_thread *broker_thread_free(struct broker_thread *thread);
