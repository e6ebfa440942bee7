#include "bridge/store/store-reader.h"

#include <errno.h>
#include <stdlib.h>

#include "bridge/spi/coalescence.h"
#include "bridge/store/coalesce-table.h"
#include "bridge/store/database.h"
#include "bridge/store/delivery-table.h"
#include "bridge/store/listing.h"
#include "bridge/store/pack.h"
#include "bridge/store/recovery-table.h"
#include "bridge/store/snapshot-table.h"
#include "bridge/store/suppression-table.h"

struct store_reader {
    struct database db;
    struct pack *pack;
};

struct store_reader *store_reader_close(struct store_reader *reader)
{
    if (reader) {
        database_close(&reader->db);
        (void)pack_free(reader->pack);
        free(reader);
    }
    return NULL;
}

int store_reader_open(struct store_reader **ret, const char *path)
{
    struct store_reader *reader = calloc(1, sizeof(*reader));
    if (!reader) {
        return -ENOMEM;
    }
    int r = pack_new(&reader->pack);
    if (r == 0) {
        r = database_open(&reader->db, path, DATABASE_READER);
    }
    if (r == 0) {
        r = database_configure(&reader->db, DATABASE_READER);
    }
    if (r < 0) {
        (void)store_reader_close(reader);
        return r;
    }
    *ret = reader;
    return 0;
}

int store_reader_load_snapshot(struct store_reader *reader, const char *source,
                               struct snapshot *ret)
{
    return snapshot_table_get(&reader->db, reader->pack, source, ret);
}

int store_reader_suppressions(struct store_reader *reader, const char *source,
                              suppression_row_fn visit, void *userdata)
{
    return reader ? suppression_table_list(&reader->db, source, visit, userdata) : 0;
}

int store_reader_events(struct store_reader *reader, const struct event_query *query,
                        event_row_fn visit, void *userdata, struct listing_end *ret)
{
    *ret = (struct listing_end){ .place = query->after, .done = true };
    return reader ? listing_events(&reader->db, query, visit, userdata, ret) : 0;
}

int store_reader_deliveries(struct store_reader *reader, const struct delivery_query *query,
                            delivery_row_fn visit, void *userdata, struct listing_end *ret)
{
    *ret = (struct listing_end){ .place = query->after, .done = true };
    return reader ? listing_deliveries(&reader->db, query, visit, userdata, ret) : 0;
}

int store_reader_attempts(struct store_reader *reader, const struct delivery_query *query,
                          attempt_row_fn visit, void *userdata, struct listing_end *ret)
{
    *ret = (struct listing_end){ .place = query->after, .done = true };
    return reader ? listing_attempts(&reader->db, query, visit, userdata, ret) : 0;
}

int store_reader_depths(struct store_reader *reader, struct sink_depth **ret, size_t *ret_n)
{
    *ret = NULL;
    *ret_n = 0;
    return reader ? delivery_table_depths(&reader->db, ret, ret_n) : 0;
}

int store_reader_coalescible(struct store_reader *reader, const int64_t *ids, size_t n,
                             struct coalescible *ret)
{
    return reader ? coalesce_table_look(&reader->db, ids, n, ret) : 0;
}

int store_reader_load_recovery_page(struct store_reader *reader, const struct recovery *recovery,
                                    struct recovery_page *ret)
{
    return recovery_page_load(&reader->db, recovery, ret);
}

int store_reader_load_recovery(struct store_reader *reader, const char *id, struct recovery *ret)
{
    return reader ? recovery_table_get(&reader->db, id, ret) : -ENOENT;
}
