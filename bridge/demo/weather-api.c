#include "bridge/demo/weather-api.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <stdlib.h>

#include "bridge/base/clock.h"
#include "bridge/base/hash.h"
#include "bridge/base/str.h"
#include "bridge/demo/loopback.h"

#define WEATHER_STEP_MS 500

struct city {
    const char *name;
    bool has_validators;
    unsigned change_every; // steps, on average
    int temperature_tenths;
    unsigned condition;
    unsigned version; // grows with every change; the ETag tells it
    int64_t changed_at_ms;
};

static const char *const conditions[] = { "sunny", "partly cloudy", "cloudy", "light rain",
                                          "rain" };

struct weather_api {
    struct loopback *server;
    struct event *timer;
    uint64_t steps;
    struct city cities[3];
};

static const struct city first_weather[3] = {
    { "Madrid", true, 8, 214, 0, 1, 0 },
    { "Oslo", false, 10, 32, 2, 1, 0 },
    { "Nairobi", true, 12, 246, 1, 1, 0 },
};

// The weather is chance that a repeat of the demo would see again.
static void move_weather(struct city *city, uint64_t step)
{
    const uint64_t seed[] = { step, hash64_of_str(city->name) };
    uint64_t chance = hash64_of(seed, sizeof(seed));

    if (chance % city->change_every != 0) {
        return;
    }
    chance /= city->change_every;
    city->temperature_tenths += chance % 2 ? 5 : -5;
    if (chance / 2 % 3 == 0) {
        city->condition = (city->condition + 1) % ARRAY_LEN(conditions);
    }
    city->version++;
    city->changed_at_ms = clock_wall_ms(&clock_system);
}

static void on_step(evutil_socket_t fd, short what, void *userdata)
{
    struct weather_api *api = userdata;

    (void)fd;
    (void)what;
    api->steps++;
    for (size_t i = 0; i < ARRAY_LEN(api->cities); i++) {
        move_weather(&api->cities[i], api->steps);
    }
}

static const struct city *find_city(const struct weather_api *api, const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(api->cities); i++) {
        if (str_eq(api->cities[i].name, name)) {
            return &api->cities[i];
        }
    }
    return NULL;
}

static const struct city *city_asked_for(const struct weather_api *api,
                                         struct evhttp_request *request)
{
    const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(request);
    const char *query = evhttp_uri_get_query(uri);
    struct evkeyvalq params;

    if (!str_eq(evhttp_uri_get_path(uri), "/v1/location") || !query ||
        evhttp_parse_query_str(query, &params) != 0) {
        return NULL;
    }
    const struct city *city = find_city(api, evhttp_find_header(&params, "city"));
    evhttp_clear_headers(&params);
    return city;
}

static void send_weather(const struct city *city, struct evhttp_request *request)
{
    struct evbuffer *body = evhttp_request_get_output_buffer(request);
    int64_t observed_at_ms =
        city->has_validators ? city->changed_at_ms : clock_wall_ms(&clock_system);
    char observed_at[CLOCK_RFC3339_SIZE];

    clock_format_rfc3339(observed_at_ms, observed_at);
    (void)evbuffer_add_printf(body,
                              "{\"city\":\"%s\",\"temperature_c\":%.1f,\"condition\":\"%s\","
                              "\"observed_at\":\"%s\"}\n",
                              city->name, city->temperature_tenths / 10.0,
                              conditions[city->condition], observed_at);
    (void)evhttp_add_header(evhttp_request_get_output_headers(request), "Content-Type",
                            "application/json");
    evhttp_send_reply(request, HTTP_OK, NULL, NULL);
}

static void answer(struct evhttp_request *request, void *userdata)
{
    const struct weather_api *api = userdata;
    const struct city *city = city_asked_for(api, request);
    char etag[32];

    if (!city) {
        evhttp_send_error(request, HTTP_NOTFOUND, NULL);
        return;
    }
    if (city->has_validators) {
        const char *known =
            evhttp_find_header(evhttp_request_get_input_headers(request), "If-None-Match");
        (void)evutil_snprintf(etag, sizeof(etag), "\"%s-%u\"", city->name, city->version);
        (void)evhttp_add_header(evhttp_request_get_output_headers(request), "ETag", etag);
        if (str_eq(known, etag)) {
            evhttp_send_reply(request, HTTP_NOTMODIFIED, NULL, NULL);
            return;
        }
    }
    send_weather(city, request);
}

int weather_api_new(struct weather_api **ret, struct event_base *base)
{
    const struct timeval step = { .tv_usec = WEATHER_STEP_MS * 1000 };
    CLEANUP(weather_api_freep) struct weather_api *api = calloc(1, sizeof(*api));

    if (!api) {
        return -ENOMEM;
    }
    for (size_t i = 0; i < ARRAY_LEN(api->cities); i++) {
        api->cities[i] = first_weather[i];
        api->cities[i].changed_at_ms = clock_wall_ms(&clock_system);
    }
    api->timer = event_new(base, -1, EV_PERSIST, on_step, api);
    if (!api->timer || event_add(api->timer, &step) != 0) {
        return -ENOMEM;
    }
    int r = loopback_new(&api->server, base, answer, api);
    if (r == 0) {
        *ret = STEAL(api);
    }
    return r;
}

struct weather_api *weather_api_free(struct weather_api *api)
{
    if (!api) {
        return NULL;
    }
    loopback_free(api->server);
    if (api->timer) {
        event_free(api->timer);
    }
    free(api);
    return NULL;
}

const char *weather_api_url(const struct weather_api *api)
{
    return loopback_url(api->server);
}
