#include "bridge/store/answer-table.h"

#include <errno.h>
#include <string.h>

#include "bridge/spi/stored-answer.h"
#include "bridge/store/query.h"

int answer_table_get(struct database *db, const char *key, int64_t since_ms,
                     struct stored_answer *ret)
{
    CLEANUP(stored_answer_deinit) struct stored_answer answer = { 0 };
    struct query q;
    query_begin(&q, db, STATEMENT_ANSWER_GET);
    query_bind_text(&q, key);
    query_bind_i64(&q, since_ms);
    int r = query_step(&q);
    bool is_there = r > 0;
    if (is_there) {
        answer.request = query_hash(&q);
        answer.status = (int)query_i64(&q);
        query_bytes_dup(&q, &answer.body);
        answer.at_ms = query_i64(&q);
    }
    r = query_end(&q, r);
    if (r == 0 && is_there) {
        answer.key = strdup(key);
        r = answer.key ? 0 : -ENOMEM;
    }
    if (r == 0) {
        *ret = answer;
        answer = (struct stored_answer){ 0 };
    }
    return r;
}

int answer_table_put(struct database *db, const struct stored_answer *answer)
{
    struct query q;
    query_begin(&q, db, STATEMENT_ANSWER_FORGET);
    query_bind_i64(&q, answer->at_ms - STORED_ANSWER_AGE_MS);
    int r = query_run(&q);
    if (r < 0) {
        return r;
    }
    query_begin(&q, db, STATEMENT_ANSWER_PUT);
    query_bind_text(&q, answer->key);
    query_bind_hash(&q, answer->request);
    query_bind_i64(&q, answer->status);
    query_bind_blob(&q, answer->body.data, answer->body.len);
    query_bind_i64(&q, answer->at_ms);
    return query_run(&q);
}
