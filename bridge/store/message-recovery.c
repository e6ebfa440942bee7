// Messages about recoveries and about answers that are kept.
#include <errno.h>
#include <string.h>

#include "bridge/store/answer-table.h"
#include "bridge/store/message.h"
#include "bridge/store/recovery-table.h"

static int recovery_put_run(struct writer *writer, struct message *message)
{
    int r = recovery_table_insert(&writer->db, &message->recovery.recovery);
    if (r == 0 && message->recovery.answer.key) {
        r = answer_table_put(&writer->db, &message->recovery.answer);
    }
    return r == -EEXIST ? STORE_E_CONFLICT : r;
}

static void recovery_put_answer(struct message *message)
{
    recovery_deinit(&message->recovery.recovery);
    stored_answer_deinit(&message->recovery.answer);
    message->recovery.done(message->result, message->userdata);
}

const struct message_kind message_recovery_put = {
    .writes = true,
    .run = recovery_put_run,
    .answer = recovery_put_answer,
};

static int recovery_step_run(struct writer *writer, struct message *message)
{
    return recovery_table_step(&writer->db, &message->recovery.recovery, &message->recovery.page,
                               &message->recovery.outcome);
}

static void recovery_step_forget(struct message *message)
{
    message->recovery.outcome = (struct recovery_outcome){ 0 };
}

static void recovery_step_answer(struct message *message)
{
    recovery_page_deinit(&message->recovery.page);
    recovery_deinit(&message->recovery.recovery);
    message->recovery.step_done(message->result, &message->recovery.outcome, message->userdata);
}

const struct message_kind message_recovery_step = {
    .writes = true,
    .run = recovery_step_run,
    .forget = recovery_step_forget,
    .answer = recovery_step_answer,
};

static int answer_get_run(struct writer *writer, struct message *message)
{
    return answer_table_get(&writer->db, message->answer.key, message->answer.since_ms,
                            &message->answer.answer);
}

static void answer_get_forget(struct message *message)
{
    stored_answer_deinit(&message->answer.answer);
}

static void answer_get_answer(struct message *message)
{
    free(message->answer.key);
    message->answer.get_done(message->result, &message->answer.answer, message->userdata);
    stored_answer_deinit(&message->answer.answer);
}

const struct message_kind message_answer_get = {
    .run = answer_get_run,
    .forget = answer_get_forget,
    .answer = answer_get_answer,
};

static int answer_put_run(struct writer *writer, struct message *message)
{
    return answer_table_put(&writer->db, &message->answer.answer);
}

static void answer_put_answer(struct message *message)
{
    stored_answer_deinit(&message->answer.answer);
    message->answer.put_done(message->result, message->userdata);
}

const struct message_kind message_answer_put = {
    .writes = true,
    .run = answer_put_run,
    .answer = answer_put_answer,
};
