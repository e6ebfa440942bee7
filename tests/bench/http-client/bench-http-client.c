// What the HTTP client costs by itself: asks one URL many times on kept connections and reports the
// CPU time it took. Made to be compared with wrk on the same server (see ./run).
//
//   bench-http-client [-H "Name: value"]… [-n DISTINCT_URLS] [-c CA_FILE] URL CONCURRENCY COUNT

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include <event2/event.h>

#include "bridge/base/clock.h"
#include "bridge/base/str.h"
#include "bridge/model/http.h"
#include "bridge/net/http.h"

struct bench {
    struct http_client *client;
    struct event_base *base;
    struct http_request *requests; // distinct URLs, asked in turn
    size_t n_requests;
    struct tls_settings tls;
    uint64_t to_start;
    uint64_t under_way;
    uint64_t by_class[6]; // [0]: failed without a status
    uint64_t not_reused;
    uint64_t body_bytes;
    char first_error[128];
};

static void ask(struct bench *bench);

static void on_done(struct http_response *response, void *userdata)
{
    struct bench *bench = userdata;
    int class = response->error == HTTP_NO_ERROR ? response->status / 100 : 0;
    bench->by_class[class > 5 ? 5 : class]++;
    bench->not_reused += !response->reused;
    bench->body_bytes += response->body.len;
    if (class == 0 && bench->first_error[0] == '\0') {
        (void)snprintf(bench->first_error, sizeof(bench->first_error), "%s: %s",
                       http_error_code(response->error),
                       response->error_text ? response->error_text : "");
    }
    bench->under_way--;
    ask(bench);
}

static void ask(struct bench *bench)
{
    if (bench->to_start > 0) {
        const struct http_request *request = &bench->requests[bench->to_start % bench->n_requests];
        bench->to_start--;
        bench->under_way++;
        if (http_start(bench->client, request, on_done, bench, NULL) < 0) {
            bench->by_class[0]++;
            bench->under_way--;
        }
    }
    if (bench->under_way == 0) {
        (void)event_base_loopbreak(bench->base);
    }
}

static int make_requests(struct bench *bench, const char *url, const struct headers *headers)
{
    bench->requests = calloc(bench->n_requests, sizeof(struct http_request));
    if (!bench->requests) {
        return -ENOMEM;
    }
    for (size_t i = 0; i < bench->n_requests; i++) {
        struct http_request *request = &bench->requests[i];
        const char *mark = strchr(url, '?') ? "&" : "?";
        *request = (struct http_request){
            .url = bench->n_requests == 1 ? strdup(url) : str_printf("%s%sn=%zu", url, mark, i),
            .timeout_ms = 15000,
            .connect_timeout_ms = 5000,
            .max_body_bytes = 1U << 20,
            .decompress = true,
            .allow_private = true,
            .tls = &bench->tls,
        };
        if (!request->url || headers_copy(&request->headers, headers) < 0) {
            return -ENOMEM;
        }
    }
    return 0;
}

static double cpu_us(const struct rusage *usage)
{
    const struct timeval *user = &usage->ru_utime;
    const struct timeval *kernel = &usage->ru_stime;
    return (double)(user->tv_sec + kernel->tv_sec) * 1e6 +
           (double)(user->tv_usec + kernel->tv_usec);
}

static int run(struct bench *bench, uint64_t concurrency, uint64_t count)
{
    struct rusage before;
    struct rusage after;
    bench->to_start = count;
    int64_t started_at_ms = clock_mono_ms(&clock_system);
    (void)getrusage(RUSAGE_SELF, &before);
    for (uint64_t i = 0; i < concurrency; i++) {
        ask(bench);
    }
    (void)event_base_dispatch(bench->base);
    (void)getrusage(RUSAGE_SELF, &after);
    double seconds = (double)(clock_mono_ms(&clock_system) - started_at_ms) / 1e3;
    (void)printf("requests %" PRIu64 "\nseconds %.3f\ncpu_us_per_request %.3f\n", count, seconds,
                 (cpu_us(&after) - cpu_us(&before)) / (double)count);
    (void)printf("2xx %" PRIu64 "\n3xx %" PRIu64 "\nfailed %" PRIu64 "\n", bench->by_class[2],
                 bench->by_class[3], bench->by_class[0]);
    (void)printf("new_connections %" PRIu64 "\nbody_bytes %" PRIu64 "\nrss_kb %ld\n",
                 bench->not_reused, bench->body_bytes, after.ru_maxrss);
    if (bench->by_class[0] > 0) {
        (void)fprintf(stderr, "first failure: %s\n", bench->first_error);
    }
    return bench->by_class[0] == 0 ? 0 : 1;
}

static int bench_url(struct bench *bench, const char *url, const struct headers *headers,
                     uint64_t concurrency, uint64_t count)
{
    struct http_client_settings settings = { .user_agent = "pollbridge/" POLLBRIDGE_VERSION };
    int r = 1;
    bench->base = event_base_new();
    if (bench->base && make_requests(bench, url, headers) == 0 &&
        http_client_new(&bench->client, bench->base, &settings) == 0) {
        r = run(bench, concurrency, count);
    }
    bench->client = http_client_free(bench->client);
    for (size_t i = 0; bench->requests && i < bench->n_requests; i++) {
        http_request_deinit(&bench->requests[i]);
    }
    free(bench->requests);
    if (bench->base) {
        event_base_free(bench->base);
    }
    return r;
}

static int add_header(struct headers *headers, const char *line)
{
    const char *colon = strchr(line, ':');
    AUTO_FREE char *name = colon ? strndup(line, (size_t)(colon - line)) : NULL;
    return name ? headers_add(headers, name, colon + 1 + strspn(colon + 1, " ")) : -EINVAL;
}

int main(int argc, char *argv[])
{
    CLEANUP(headers_deinit) struct headers headers = { 0 };
    struct bench bench = { .n_requests = 1 };
    uint64_t concurrency = 0;
    uint64_t count = 0;
    bool usable = true;
    int opt;
    while ((opt = getopt(argc, argv, "H:n:c:")) != -1) {
        uint64_t n = 1;
        usable = usable && (opt == 'H'   ? add_header(&headers, optarg) == 0
                            : opt == 'n' ? str_to_u64(optarg, &n) && n > 0
                            : opt == 'c' ? (bench.tls.ca_file = optarg) != NULL
                                         : false);
        bench.n_requests = opt == 'n' ? n : bench.n_requests;
    }
    if (!usable || argc - optind != 3 || !str_to_u64(argv[optind + 1], &concurrency) ||
        !str_to_u64(argv[optind + 2], &count) || concurrency == 0 || count < concurrency) {
        (void)fprintf(
            stderr,
            "usage: %s [-H \"Name: value\"]... [-n URLS] [-c CA_FILE] URL CONCURRENCY COUNT\n",
            argv[0]);
        return 2;
    }
    return bench_url(&bench, argv[optind], &headers, concurrency, count);
}
