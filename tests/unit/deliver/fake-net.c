#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/base/http-date.h"
#include "bridge/base/str.h"
#include "bridge/model/http.h"
#include "bridge/net/brokers.h"
#include "bridge/net/http.h"
#include "bridge/net/stream.h"
#include "bridge/spi/sink.h"
#include "tests/unit/deliver/fakes-inside.h"

struct fake_net net;

struct fake_transfer {
    struct fake_transfer *next;
    int64_t id;
    char *sink;
    http_done_fn done;
    stream_done_fn stream_done;
    void *userdata;
};

static struct fake_transfer *unlink_transfer(struct fake_transfer *transfer)
{
    struct fake_transfer **place = &net.first;
    net.last = NULL;
    while (*place != transfer) {
        net.last = *place;
        place = &(*place)->next;
    }
    *place = transfer->next;
    for (struct fake_transfer *t = *place; t; t = t->next) {
        net.last = t;
    }
    net.in_flight--;
    return transfer;
}

static void link_transfer(struct fake_transfer *transfer)
{
    *(net.last ? &net.last->next : &net.first) = transfer;
    net.last = transfer;
    if (++net.in_flight > net.most_in_flight) {
        net.most_in_flight = net.in_flight;
    }
    event_active(net.event, EV_TIMEOUT, 0);
}

static void note_start(int64_t id)
{
    if (net.n_started == net.started_cap) {
        net.started_cap = net.started_cap ? net.started_cap * 2 : 64;
        net.started = reallocarray(net.started, net.started_cap, sizeof(*net.started));
        assert_non_null(net.started);
    }
    net.started[net.n_started++] = id;
}

int http_start(struct http_client *client, const struct http_request *request, http_done_fn done,
               void *userdata, struct http_transfer **ret)
{
    (void)client;
    struct fake_transfer *transfer = calloc(1, sizeof(*transfer));
    assert_non_null(transfer);
    const char *slash = strrchr(request->url, '/');
    assert_true(str_to_i64(slash + 1, &transfer->id));
    transfer->sink = strndup(request->url + strlen("http://"),
                             (size_t)(slash - request->url) - strlen("http://"));
    // The bytes that are sent are those that were stored.
    char body[32];
    (void)snprintf(body, sizeof(body), "body %lld", (long long)transfer->id);
    assert_int_equal(request->body.len, strlen(body));
    assert_memory_equal(request->body.data, body, strlen(body));
    transfer->done = done;
    transfer->userdata = userdata;
    note_start(transfer->id);
    link_transfer(transfer);
    *ret = (struct http_transfer *)transfer;
    return 0;
}

static void free_transfer(struct fake_transfer *transfer)
{
    free(transfer->sink);
    free(transfer);
}

void http_cancel(struct http_transfer *transfer)
{
    net.canceled++;
    free_transfer(unlink_transfer((struct fake_transfer *)transfer));
}

static void finish(struct fake_transfer *transfer, struct http_response *response)
{
    fake_moved();
    (void)unlink_transfer(transfer);
    if (net.retry_after) {
        assert_int_equal(headers_add(&response->headers, "Retry-After", net.retry_after), 0);
    }
    if (net.answer_len > 0) {
        response->body.data = calloc(1, net.answer_len + 1);
        response->body.len = net.answer_len;
    }
    transfer->done(response, transfer->userdata);
    http_response_deinit(response);
    free_transfer(transfer);
}

static void answer(struct fake_transfer *transfer, int status)
{
    struct http_response response = { .status = status > 0 ? status : 0 };
    if (status == NET_REFUSES) {
        response.error = HTTP_CONNECTION_REFUSED;
        response.error_text = strdup("connection refused");
    }
    finish(transfer, &response);
}

static struct fake_transfer *find(int64_t id)
{
    struct fake_transfer *transfer = net.first;
    while (transfer && transfer->id != id) {
        transfer = transfer->next;
    }
    return transfer;
}

bool net_is_under_way(int64_t id)
{
    return find(id) != NULL;
}

size_t net_starts_of(int64_t id)
{
    size_t n = 0;
    for (size_t i = 0; i < net.n_started; i++) {
        n += net.started[i] == id;
    }
    return n;
}

void net_answer(int64_t id, int status)
{
    struct fake_transfer *transfer = find(id);
    assert_non_null(transfer);
    answer(transfer, status);
}

void net_reset(int64_t id, bool reused)
{
    struct fake_transfer *transfer = find(id);
    assert_non_null(transfer);
    struct http_response response = { .error = HTTP_CONNECTION_RESET,
                                      .reused = reused,
                                      .nothing_received = true };
    finish(transfer, &response);
}

void net_cancel_all(void)
{
    while (net.first) {
        struct http_response response = { .error = HTTP_CANCELED };
        finish(net.first, &response);
    }
}

int brokers_publish(struct brokers *brokers, struct message *take, message_done_fn done,
                    void *userdata)
{
    (void)brokers;
    (void)take;
    (void)done;
    (void)userdata;
    return -ENOMEM; // no sink of these tests has a broker
}

int stream_write(struct stream_writer *writer, const char *path, struct bytes *take,
                 stream_done_fn done, void *userdata)
{
    (void)writer;
    assert_string_equal(path, "-");
    if (net.stream_refusals > 0) {
        net.stream_refusals--;
        bytes_deinit(take);
        return -EAGAIN;
    }
    if (net.stream_error == 0) {
        net.written.data = realloc(net.written.data, net.written.len + take->len + 1);
        assert_non_null(net.written.data);
        memcpy(net.written.data + net.written.len, take->data, take->len);
        net.written.len += take->len;
        net.written.data[net.written.len] = '\0';
    }
    bytes_deinit(take);
    struct fake_transfer *transfer = calloc(1, sizeof(*transfer));
    assert_non_null(transfer);
    transfer->stream_done = done;
    transfer->userdata = userdata;
    link_transfer(transfer);
    return 0;
}

static bool answer_one(struct fake_transfer *transfer)
{
    if (transfer->stream_done && net.stream_is_slow) {
        return false;
    }
    if (transfer->stream_done) {
        fake_moved();
        (void)unlink_transfer(transfer);
        transfer->stream_done(net.stream_error, transfer->userdata);
        free_transfer(transfer);
        return true;
    }
    int status = net.status_of ? net.status_of(transfer->sink, transfer->id) : NET_HANGS;
    if (status == NET_HANGS) {
        return false;
    }
    answer(transfer, status);
    return true;
}

static void on_event(evutil_socket_t fd, short what, void *userdata)
{
    (void)fd;
    (void)what;
    (void)userdata;
    // Only what is under way now: what starts meanwhile is answered in a later step.
    size_t n = net.in_flight;
    struct fake_transfer *transfer = net.first;
    while (transfer && n-- > 0) {
        struct fake_transfer *next = transfer->next;
        (void)answer_one(transfer);
        transfer = next;
    }
}

void fake_net_open(struct event_base *base)
{
    net = (struct fake_net){ 0 };
    net.event = evtimer_new(base, on_event, NULL);
    assert_non_null(net.event);
}

void fake_net_close(void)
{
    net.status_of = NULL;
    net.stream_is_slow = false;
    on_event(-1, 0, NULL); // the stream's thread finishes what it has
    assert_null(net.first);
    event_free(net.event);
    free(net.started);
    bytes_deinit(&net.written);
}

static int send_http(const void *settings, const struct delivery *delivery, int64_t now_ms,
                     struct http_request *request)
{
    (void)settings;
    (void)now_ms;
    if (delivery->lane && strcmp(delivery->lane, "unbuildable") == 0) {
        return -EINVAL;
    }
    request->url = str_printf("http://%s/%lld", delivery->sink, (long long)delivery->id);
    assert_non_null(request->url);
    return bytes_dup(&request->body, delivery->encoded.body.data, delivery->encoded.body.len);
}

static struct verdict judge_http(const void *settings, const struct http_response *response,
                                 int64_t now_ms)
{
    (void)settings;
    struct verdict verdict = { .kind = VERDICT_RETRY };
    if (response->error != HTTP_NO_ERROR) {
        return verdict; // the code comes from the error itself
    }
    verdict.error_code = "http_status";
    if (response->status / 100 == 2) {
        verdict = (struct verdict){ .kind = VERDICT_DELIVERED };
    } else if (response->status == 410) {
        verdict.kind = VERDICT_GONE;
    } else if (response->status == 422) {
        verdict.kind = VERDICT_FINAL;
    } else if (response->status == 429) {
        verdict.kind = VERDICT_REST;
        const char *after = headers_get(&response->headers, "Retry-After");
        if (!after || !http_retry_after_parse(after, now_ms, &verdict.rest_ms)) {
            verdict.rest_ms = 60000;
        }
    }
    return verdict;
}

static int send_stream(const void *settings, const struct delivery *delivery,
                       struct sink_stream *ret)
{
    (void)settings;
    ret->path = "-";
    char line[32];
    int len = snprintf(line, sizeof(line), "%lld\n", (long long)delivery->id);
    return bytes_dup(&ret->bytes, line, (size_t)len);
}

static const struct option_table no_options = { .name = "fake" };

const struct sink_driver fake_http_driver = {
    .name = "fake-http",
    .options = &no_options,
    .transport = SINK_HTTP,
    .send_http = send_http,
    .judge_http = judge_http,
};

const struct sink_driver fake_stream_driver = {
    .name = "fake-stream",
    .options = &no_options,
    .transport = SINK_STREAM,
    .send_stream = send_stream,
};
