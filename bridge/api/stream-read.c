#include "bridge/api/stream-read.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/spi/store.h"
#include "bridge/spi/worker.h"

#define PIECE_EVENTS 100
#define PIECE_BYTES  ((size_t)256 * 1024) // one event may go over

static int append_data(struct buf *text, const char *body, size_t len)
{
    const char *end = body + len;
    int r = 0;
    while (r == 0 && body <= end) { // JSON text of ours has no line ends, but the form allows them
        const char *line_end = memchr(body, '\n', (size_t)(end - body));
        line_end = line_end ? line_end : end;
        r = buf_append_str(text, "data: ");
        r = r ? r : buf_append(text, body, (size_t)(line_end - body));
        r = r ? r : buf_append_char(text, '\n');
        body = line_end + 1;
    }
    return r;
}

static bool add_event(const struct event_row *row, void *userdata)
{
    struct stream_read *read = userdata;
    int r = buf_printf(&read->text, "id: %lld\nevent: %s\n", (long long)row->id, row->type);
    r = r ? r : append_data(&read->text, row->body, row->body_len);
    r = r ? r : buf_append_char(&read->text, '\n');
    read->result = r;
    return r == 0 && read->text.len < PIECE_BYTES;
}

static bool note_newest(const struct event_row *row, void *userdata)
{
    struct stream_read *read = userdata;
    read->end.place.id = row->id;
    return false;
}

static void run_read(struct api_read *base, const struct worker *worker)
{
    struct stream_read *read = (struct stream_read *)base;
    struct listing_end end;
    if (!worker) {
        read->result = -EIO;
        return;
    }
    const struct store_ops *ops = worker->store->ops;
    if (read->after < 0) {
        const struct event_query newest = { .limit = 1 };
        read->result = ops->reader_events(worker->reader, &newest, note_newest, read, &end);
        read->end.done = true;
        return;
    }
    const struct event_query query = {
        .source = read->source,
        .type = read->type,
        .oldest_first = true,
        .after = { .id = read->after },
        .limit = PIECE_EVENTS,
    };
    read->result = 0;
    int r = ops->reader_events(worker->reader, &query, add_event, read, &read->end);
    read->result = read->result ? read->result : r;
}

struct stream_read *stream_read_free(struct stream_read *read)
{
    if (read) {
        buf_deinit(&read->text);
        free(read->source);
        free(read->type);
        free(read);
    }
    return NULL;
}

struct stream_read *stream_read_new(const char *source, const char *type, int64_t after)
{
    struct stream_read *read = calloc(1, sizeof(*read));
    if (!read) {
        return NULL;
    }
    read->read.run = run_read;
    read->result = -EAGAIN; // when it never runs
    read->after = after;
    read->source = source ? strdup(source) : NULL;
    read->type = type ? strdup(type) : NULL;
    if ((source && !read->source) || (type && !read->type)) {
        return stream_read_free(read);
    }
    return read;
}
