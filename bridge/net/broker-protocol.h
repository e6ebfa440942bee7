#pragma once
// What a broker's thread needs of each protocol. All of it runs on that thread, which may wait.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/base/cleanup.h"
#include "bridge/base/mailbox.h"
#include "bridge/model/message.h"

// One message on its way; whoever has the job may write to it.
struct broker_job {
    struct mailbox_node node; // first
    struct message message;
    struct message_answer answer;
    bool is_answered;
    bool is_last; // no message: the thread is to end
    unsigned tag; // the protocol's own
    void *owner;  // borrowed; of who gave it to the thread
};

// Gives a job its answer, if it has none yet; `text` is copied and may be NULL.
void broker_answer(struct broker_job *job, enum message_error error, const char *text);

// Copies why a connection could not be made.
void broker_refuse(struct message_answer *why, enum message_error error, const char *text);

struct broker_protocol_ops {
    // Connects within target->connect_timeout_ms. *ret is the connection; NULL when `why` says why
    // there is none.
    void (*open)(void **ret, const struct broker_target *target, struct message_answer *why);
    void (*close)(void *connection); // says goodbye, if that is quickly done
    // Publishes those without an answer in their order and answers them, within the messages'
    // time-outs. False when the connection is of no use any more; those it took with it are left
    // without an answer, and `why` says what happened.
    bool (*publish)(void *connection, struct broker_job *const *jobs, size_t n,
                    struct message_answer *why);
};

// Each where the build has it.
extern const struct broker_protocol_ops broker_nats;
extern const struct broker_protocol_ops broker_mqtt;
