#include "bridge/store/snapshot-table.h"

#include <stdbool.h>
#include <string.h>

#include "bridge/model/snapshot.h"
#include "bridge/store/pack.h"
#include "bridge/store/query.h"

// Where nothing is selected, left out or written in another way, raw is the document, byte for
// byte.
static bool is_same(const struct bytes *a, const struct bytes *b)
{
    return a->len == b->len && a->len > 0 && memcmp(a->data, b->data, a->len) == 0;
}

int snapshot_table_put(struct database *db, struct pack *pack, int64_t source_id,
                       const struct snapshot *snapshot)
{
    AUTO_BYTES struct bytes document = { 0 };
    AUTO_BYTES struct bytes raw = { 0 };
    AUTO_BYTES struct bytes noise = { 0 };
    bool same = is_same(&snapshot->document, &snapshot->raw);
    int r = pack_encode(pack, snapshot->document.data, snapshot->document.len, &document);
    if (r == 0 && snapshot->raw.data && !same) {
        r = pack_encode(pack, snapshot->raw.data, snapshot->raw.len, &raw);
    }
    if (r == 0 && snapshot->noise.len > 0) {
        r = pack_encode(pack, snapshot->noise.data, snapshot->noise.len, &noise);
    }
    if (r < 0) {
        return r;
    }
    struct query q;
    query_begin(&q, db, STATEMENT_SNAPSHOT_PUT);
    query_bind_i64(&q, source_id);
    query_bind_blob(&q, document.data, document.len);
    if (raw.data || same) { // the same: a blob of no length
        query_bind_blob(&q, raw.data, raw.len);
    } else {
        query_bind_null(&q);
    }
    query_bind_hash(&q, snapshot->rules);
    if (noise.data) {
        query_bind_blob(&q, noise.data, noise.len);
    } else {
        query_bind_null(&q);
    }
    query_bind_text(&q, snapshot->key);
    return query_run(&q);
}

static int read_packed(struct query *q, struct pack *pack, struct bytes *ret)
{
    size_t len;
    const void *data = query_blob(q, &len);
    return pack_decode(pack, data, len, ret);
}

static int read_raw(struct query *q, struct pack *pack, const struct bytes *document,
                    struct bytes *ret)
{
    bool is_null = query_is_null(q);
    size_t len;
    const void *data = query_blob(q, &len);
    if (is_null) {
        return 0;
    }
    return len == 0 ? bytes_dup(ret, document->data, document->len)
                    : pack_decode(pack, data, len, ret);
}

static int read_noise(struct query *q, struct pack *pack, struct bytes *ret)
{
    bool is_null = query_is_null(q);
    size_t len;
    const void *data = query_blob(q, &len);
    return is_null ? 0 : pack_decode(pack, data, len, ret);
}

int snapshot_table_get(struct database *db, struct pack *pack, const char *source,
                       struct snapshot *ret)
{
    struct snapshot snapshot = { 0 };
    struct query q;
    query_begin(&q, db, STATEMENT_SNAPSHOT_GET);
    query_bind_text(&q, source);
    int r = query_step(&q);
    if (r > 0) {
        r = read_packed(&q, pack, &snapshot.document);
        if (r == 0) {
            r = read_raw(&q, pack, &snapshot.document, &snapshot.raw);
        }
        if (r == 0) {
            snapshot.rules = query_hash(&q);
            r = read_noise(&q, pack, &snapshot.noise);
            query_text_dup(&q, &snapshot.key);
        }
    }
    r = query_end(&q, r);
    if (r < 0) {
        snapshot_deinit(&snapshot);
        return r;
    }
    *ret = snapshot;
    return 0;
}
