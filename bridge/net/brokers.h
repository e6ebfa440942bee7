#pragma once
// Publishing to message brokers off the loop. Every broker (every set of servers, credentials and
// TLS options) has a connection and a thread of its own, so that one which hangs holds up nobody
// else. A connection is made when the first message needs it, kept while there is something to say,
// and closed after half a minute of silence; the thread ends a little later.
//
// Messages of one broker are published in the order of the calls and answered as they are
// acknowledged. Nothing is tried twice here: what failed is the caller's to repeat.
//
// The kinds of brokers are those the build has (meson's options nats and mqtt); messages to another
// one fail. Targets are those of the configuration file: their addresses are not checked.

#include "bridge/base/cleanup.h"

struct brokers;
struct event_base;
struct message;
struct message_answer;

// On the loop, never from inside brokers_publish. The answer is the callee's to keep or to leave.
typedef void (*message_done_fn)(struct message_answer *answer, void *userdata);

int brokers_new(struct brokers **ret, struct event_base *base) MUST_CHECK;
// Waits for what is under way (its time-outs at most) and answers it. Accepts NULL.
struct brokers *brokers_free(struct brokers *brokers);
DEFINE_CLEANUP(brokers)

// Consumes the message when it returns 0; the target is needed for the call only. -EAGAIN: that
// broker's queue is full, try later. -ENOMEM.
int brokers_publish(struct brokers *brokers, struct message *take, message_done_fn done,
                    void *userdata) MUST_CHECK;
