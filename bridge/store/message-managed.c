// Messages about sinks that came through the API.
#include <errno.h>

#include "bridge/store/answer-table.h"
#include "bridge/store/managed-table.h"
#include "bridge/store/message.h"

static int put_run(struct writer *writer, struct message *message)
{
    int r = managed_table_put(&writer->db, &message->managed.sink);
    if (r == 0 && message->managed.answer.key) {
        r = answer_table_put(&writer->db, &message->managed.answer);
    }
    return r;
}

static int delete_run(struct writer *writer, struct message *message)
{
    return managed_table_delete_step(&writer->db, message->managed.sink.name);
}

static void answer(struct message *message)
{
    managed_sink_deinit(&message->managed.sink);
    stored_answer_deinit(&message->managed.answer);
    message->managed.done(message->result == MESSAGE_AGAIN ? -ECANCELED : message->result,
                          message->userdata);
}

const struct message_kind message_managed_put = {
    .writes = true,
    .run = put_run,
    .answer = answer,
};

const struct message_kind message_managed_delete = {
    .writes = true,
    .run = delete_run,
    .answer = answer,
};
