#include "bridge/api/stream.h"

#include <errno.h>
#include <string.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>

#include "bridge/api/call-state.h"
#include "bridge/api/connection-limit.h"
#include "bridge/api/reply.h"
#include "bridge/api/stream-read.h"
#include "bridge/base/clock.h"
#include "bridge/base/str.h"
#include "bridge/spi/store.h"

#define TYPE            "text/event-stream"
#define STREAMS_MAX     64
#define TICK_S          5
#define HEARTBEAT_MS    15000
#define PATIENCE_MS     30000 // for a client that takes nothing
#define INPUT_BYTES_MAX 4096  // of what a client says meanwhile, which is nothing

struct api_stream {
    struct api_streams *streams;
    struct api_stream *next;
    struct api_stream *previous;
    struct evhttp_request *request;
    struct event *timer;
    char *source; // NULL: any
    char *type;
    int64_t after;            // the store's id of the last event that was looked at; -1: not known
    struct stream_read *read; // under way
    bool may_have_more;
    bool is_sending;    // the client has not taken everything
    int64_t sent_at_ms; // monotonic
};

struct api_streams {
    struct event_base *base;
    struct store *store;
    struct api_calls *calls;
    struct api_stream *first;
    size_t n;
};

static void advance(struct api_stream *stream);

// ---- life ----

static void unlink_stream(struct api_stream *stream)
{
    if (stream->next) {
        stream->next->previous = stream->previous;
    }
    if (stream->previous) {
        stream->previous->next = stream->next;
    } else {
        stream->streams->first = stream->next;
    }
    stream->streams->n--;
}

static void stream_free(struct api_stream *stream)
{
    if (stream->read) {
        stream->read->stream = NULL;
    }
    if (stream->timer) {
        event_free(stream->timer);
    }
    unlink_stream(stream);
    free(stream->source);
    free(stream->type);
    free(stream);
}

// evhttp closes the connection and has let the request go; this frees it.
static void on_client_gone(struct evhttp_connection *connection, void *userdata)
{
    (void)connection;
    struct api_stream *stream = userdata;
    struct evhttp_request *request = stream->request;
    stream_free(stream);
    evhttp_send_reply_end(request);
}

static void drop(struct api_stream *stream)
{
    struct evhttp_connection *connection = evhttp_request_get_connection(stream->request);
    evhttp_connection_set_closecb(connection, NULL, NULL);
    stream_free(stream);
    evhttp_connection_free(connection);
}

// ---- sending ----

static void on_taken(struct evhttp_connection *connection, void *userdata)
{
    (void)connection;
    struct api_stream *stream = userdata;
    stream->is_sending = false;
    advance(stream);
}

static bool send_text(struct api_stream *stream, const char *text, size_t len)
{
    struct evbuffer *chunk = evbuffer_new();
    bool sent = chunk && evbuffer_add(chunk, text, len) == 0;
    if (sent) {
        stream->is_sending = true;
        stream->sent_at_ms = clock_mono_ms(&clock_system);
        evhttp_send_reply_chunk_with_cb(stream->request, chunk, on_taken, stream);
    }
    if (chunk) {
        evbuffer_free(chunk);
    }
    return sent;
}

static void on_read(struct api_read *base)
{
    struct stream_read *read = (struct stream_read *)base;
    struct api_stream *stream = read->stream;
    if (!stream) {
        (void)stream_read_free(read);
        return;
    }
    stream->read = NULL;
    if (read->result == 0) {
        stream->after = read->end.place.id;
        stream->may_have_more = stream->may_have_more || !read->end.done;
    } else {
        stream->may_have_more = true; // with the next tick
    }
    bool lost = read->result == 0 && read->text.len > 0 &&
                !send_text(stream, read->text.data, read->text.len);
    bool again = read->result == 0;
    (void)stream_read_free(read);
    if (lost) {
        drop(stream); // it continues where it was when the client comes again
    } else if (again) {
        advance(stream);
    }
}

// Reads on where there may be more and the client took what it was sent.
static void advance(struct api_stream *stream)
{
    if (stream->read || stream->is_sending || !stream->may_have_more) {
        return;
    }
    struct stream_read *read = stream_read_new(stream->source, stream->type, stream->after);
    if (!read) {
        return; // with the next tick
    }
    read->read.done = on_read;
    read->stream = stream;
    stream->may_have_more = false;
    if (reads_start(&stream->streams->calls->reads, &read->read) == 0) {
        stream->read = read;
    } else {
        stream->may_have_more = true;
        (void)stream_read_free(read);
    }
}

static void on_tick(evutil_socket_t fd, short what, void *userdata)
{
    (void)fd;
    (void)what;
    static const char heartbeat[] = ": still here\n\n";
    struct api_stream *stream = userdata;
    int64_t silent_ms = clock_mono_ms(&clock_system) - stream->sent_at_ms;
    if (stream->is_sending && silent_ms > PATIENCE_MS) {
        drop(stream);
        return;
    }
    if (!stream->is_sending && silent_ms >= HEARTBEAT_MS &&
        !send_text(stream, heartbeat, strlen(heartbeat))) {
        drop(stream);
        return;
    }
    advance(stream);
}

static void on_stored(void *userdata)
{
    struct api_streams *streams = userdata;
    for (struct api_stream *stream = streams->first; stream; stream = stream->next) {
        stream->may_have_more = true;
        advance(stream);
    }
}

// ---- the beginning ----

static int copy_text(char **ret, const char *text)
{
    *ret = text ? strdup(text) : NULL;
    return text && !*ret ? -ENOMEM : 0;
}

// False: it is no place.
static bool parse_place(const struct api_call *call, int64_t *ret)
{
    const char *header = call_header(call, "Last-Event-ID");
    const char *text = header ? header : question_text(call_question(call), "last_event_id");
    *ret = -1;
    return str_is_empty(text) || (str_to_i64(text, ret) && *ret >= 0);
}

static struct api_stream *stream_new(struct api_streams *streams,
                                     const struct api_question *question)
{
    struct api_stream *stream = calloc(1, sizeof(*stream));
    if (!stream) {
        return NULL;
    }
    stream->streams = streams;
    stream->next = streams->first;
    if (stream->next) {
        stream->next->previous = stream;
    }
    streams->first = stream;
    streams->n++;
    stream->may_have_more = true;
    stream->timer = event_new(streams->base, -1, EV_PERSIST, on_tick, stream);
    const struct timeval tick = { .tv_sec = TICK_S };
    if (copy_text(&stream->source, question_text(question, "source")) != 0 ||
        copy_text(&stream->type, question_text(question, "type")) != 0 || !stream->timer ||
        event_add(stream->timer, &tick) != 0) {
        stream_free(stream);
        return NULL;
    }
    return stream;
}

// The request is the stream's from here on. It is quiet in one direction, so evhttp's time-outs do
// not fit; ours are the ticks.
static void begin(struct api_stream *stream, struct evhttp_request *request)
{
    static const char hello[] = "retry: 3000\n\n";
    struct evhttp_connection *connection = evhttp_request_get_connection(request);
    struct bufferevent *bev = evhttp_connection_get_bufferevent(connection);
    stream->request = request;
    reply_set_header(request, "Content-Type", TYPE);
    reply_set_header(request, "Cache-Control", "no-store");
    reply_set_header(request, "X-Content-Type-Options", "nosniff");
    evhttp_connection_set_closecb(connection, on_client_gone, stream);
    (void)bufferevent_set_timeouts(bev, NULL, NULL);
    connection_limit_exempt(stream->streams->calls->connections, bev);
    bufferevent_setwatermark(bev, EV_READ, 0, INPUT_BYTES_MAX);
    evhttp_send_reply_start(request, 200, "OK");
    if (!send_text(stream, hello, strlen(hello))) {
        drop(stream);
    }
}

static void open_stream(struct api_call *call)
{
    struct api_streams *streams = call->calls->streams;
    int64_t after;
    if (!parse_place(call, &after)) {
        call_refuse(call, 400, "bad_iterator",
                    "Last-Event-ID is the id of an event of this stream");
        return;
    }
    if (call_is_head(call)) {
        call_answer_bytes(call, 0, TYPE, "", 0);
        return;
    }
    if (!streams || streams->n >= STREAMS_MAX) {
        call_refuse_error(call, -EAGAIN);
        return;
    }
    struct api_stream *stream = stream_new(streams, call_question(call));
    if (!stream) {
        call_refuse_error(call, -ENOMEM);
        return;
    }
    stream->after = after;
    begin(stream, call_take_request(call));
}

int streams_new(struct api_streams **ret, struct event_base *base, struct store *store,
                struct api_calls *calls)
{
    struct api_streams *streams = calloc(1, sizeof(*streams));
    if (!streams) {
        return -ENOMEM;
    }
    streams->base = base;
    streams->store = store;
    streams->calls = calls;
    store->ops->watch(store, on_stored, streams);
    *ret = streams;
    return 0;
}

struct api_streams *streams_free(struct api_streams *streams)
{
    if (streams) {
        streams->store->ops->watch(streams->store, NULL, NULL);
        while (streams->first) {
            drop(streams->first);
        }
        free(streams);
    }
    return NULL;
}

static const struct api_parameter stream_query[] = {
    { "source", API_TEXT, NULL, "Only of this source, or of one instance of it." },
    { "type", API_TEXT, NULL, "Only of this type; `*` and `?` are wild." },
    { "last_event_id", API_TEXT, NULL,
      "Where to continue, for clients that cannot send Last-Event-ID; 0: with the oldest kept." },
};

static const struct api_route rows[] = {
    { .method = EVHTTP_REQ_GET,
      .path = "/v1/events/stream",
      .scope = API_READ,
      .handle = open_stream,
      .query = stream_query,
      .query_count = ARRAY_LEN(stream_query),
      .type = TYPE,
      .doc = "Events as they are stored, as server-sent events; resumes by Last-Event-ID." },
};
const struct api_routes stream_routes = { rows, ARRAY_LEN(rows) };
