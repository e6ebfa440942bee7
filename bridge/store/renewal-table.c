#include "bridge/store/renewal-table.h"

#include <errno.h>
#include <string.h>

#include "bridge/spi/store.h"
#include "bridge/store/query.h"

int renewal_table_put(struct database *db, const struct renewal *renewal)
{
    struct query q;
    query_begin(&q, db, STATEMENT_RENEWAL_PUT);
    query_bind_text(&q, renewal->auth);
    query_bind_blob(&q, renewal->seed, sizeof(renewal->seed));
    query_bind_blob(&q, renewal->value.data, renewal->value.len);
    return query_run(&q);
}

static int read_row(struct query *q, struct renewal_list *list)
{
    struct renewal renewal = { 0 };
    size_t seed_len = 0;
    size_t value_len = 0;
    query_text_dup(q, &renewal.auth);
    const void *seed = query_blob(q, &seed_len);
    if (seed && seed_len == sizeof(renewal.seed)) {
        memcpy(renewal.seed, seed, seed_len);
    }
    const char *value = query_blob(q, &value_len);
    int r = secret_init(&renewal.value, value ? value : "", value_len);
    r = r ? r : renewal_list_add(list, &renewal);
    renewal_deinit(&renewal);
    return r;
}

int renewal_table_load(struct database *db, struct renewal_list *ret)
{
    CLEANUP(renewal_list_deinit) struct renewal_list list = { 0 };
    struct query q;
    query_begin(&q, db, STATEMENT_RENEWAL_ALL);
    int r;
    while ((r = query_step(&q)) > 0) {
        r = read_row(&q, &list);
        if (r < 0) {
            break;
        }
    }
    r = query_end(&q, r);
    if (r == 0) {
        *ret = list;
        list = (struct renewal_list){ 0 };
    }
    return r;
}
