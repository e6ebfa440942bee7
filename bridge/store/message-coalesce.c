#include "bridge/spi/coalescence.h"
#include "bridge/store/coalesce-table.h"
#include "bridge/store/message.h"

static int coalesce_run(struct writer *writer, struct message *message)
{
    return coalesce_table_write(&writer->db, &message->coalesce.what);
}

static void coalesce_answer(struct message *message)
{
    coalescence_deinit(&message->coalesce.what);
    message->coalesce.done(message->result, message->userdata);
}

const struct message_kind message_coalesce = {
    .writes = true,
    .run = coalesce_run,
    .answer = coalesce_answer,
};
