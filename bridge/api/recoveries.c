#include "bridge/api/recoveries.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include <event2/http.h>
#include <json-c/json.h>

#include "bridge/api/api-answer.h"
#include "bridge/api/body.h"
#include "bridge/api/call.h"
#include "bridge/api/server.h"
#include "bridge/base/clock.h"
#include "bridge/base/encode.h"
#include "bridge/base/problem.h"
#include "bridge/base/str.h"
#include "bridge/spi/recovery.h"
#include "bridge/spi/sink-admin.h"
#include "bridge/spi/store.h"
#include "bridge/spi/worker.h"

// ---- one as JSON ----

static void view_texts(struct view *view, const char *name, const struct string_list *list)
{
    view_open(view, name, '[');
    for (size_t i = 0; i < list->n; i++) {
        view_text(view, NULL, list->v[i]);
    }
    view_close(view, ']');
}

static const struct {
    enum recovery_status bit;
    const char *name;
} statuses[] = {
    { RECOVERY_DELIVERED, "delivered" },
    { RECOVERY_FAILED, "failed" },
    { RECOVERY_CANCELED, "canceled" },
    { RECOVERY_MISSING, "missing" },
};

static void view_recovery(struct view *view, const struct recovery *recovery)
{
    view_open(view, NULL, '{');
    view_text(view, "id", recovery->id);
    view_text(view, "sink", recovery->sink);
    view_text(view, "event_id", recovery->event_id[0] ? recovery->event_id : NULL);
    view_texts(view, "sources", &recovery->sources);
    view_texts(view, "types", &recovery->types);
    view_open(view, "status", '[');
    for (size_t i = 0; i < ARRAY_LEN(statuses); i++) {
        if (recovery->statuses & statuses[i].bit) {
            view_text(view, NULL, statuses[i].name);
        }
    }
    view_close(view, ']');
    view_time(view, "since", recovery->since_ms);
    view_time(view, "until", recovery->until_ms);
    view_text(view, "state", recovery->finished_at_ms ? "done" : "running");
    view_number(view, "deliveries", recovery->added);
    view_time(view, "created_at", recovery->created_at_ms);
    view_time(view, "finished_at", recovery->finished_at_ms);
    view_close(view, '}');
}

// ---- beginning one ----

struct beginning {
    struct api_call *call;
    struct view view;
};

static void on_begun(int result, void *userdata)
{
    struct beginning *beginning = userdata;
    if (result == 0) {
        call_answer(beginning->call, 0, &beginning->view);
    } else {
        call_refuse_error(beginning->call, result);
    }
    view_deinit(&beginning->view);
    free(beginning);
}

static void refuse(struct api_call *call, int error, const char *sink)
{
    if (error == -ENOENT) {
        call_refuse(call, 404, "not_found", "there is no sink \"%s\"", sink);
    } else if (error == -EBUSY) {
        call_refuse(call, 429, "too_many", "too many recoveries are under way; try again later");
    } else {
        call_refuse_error(call, error);
    }
}

static int make_id(struct recovery *recovery)
{
    struct hash128 random;
    if (getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random)) {
        return -EIO;
    }
    memcpy(recovery->id, "rcv_", 4);
    base32_encode_hash(random, recovery->id + 4);
    return 0;
}

static void begin(struct api_call *call, struct recovery *recovery)
{
    const struct sink_admin *sinks = call_parts(call)->sink_admin;
    struct beginning *beginning = calloc(1, sizeof(*beginning));
    int r = beginning ? make_id(recovery) : -ENOMEM;
    if (r == 0) {
        beginning->call = call;
        view_recovery(&beginning->view, recovery);
        r = sinks->recover(recovery, call_keep_answer(call, 0, &beginning->view), on_begun,
                           beginning, sinks->userdata);
    }
    if (r < 0) {
        if (beginning) {
            view_deinit(&beginning->view);
            free(beginning);
        }
        refuse(call, r, recovery->sink);
    }
}

static void on_counted(int result, int64_t count, void *userdata)
{
    struct api_call *call = userdata;
    AUTO_VIEW struct view view = { 0 };
    if (result < 0) {
        call_refuse_error(call, result);
        return;
    }
    view_open(&view, NULL, '{');
    view_flag(&view, "dry_run", true);
    view_number(&view, "deliveries", count);
    view_close(&view, '}');
    call_answer(call, 200, &view);
}

static void count(struct api_call *call, const struct recovery *recovery)
{
    const struct sink_admin *sinks = call_parts(call)->sink_admin;
    int r = sinks->count(recovery, on_counted, call, sinks->userdata);
    if (r < 0) {
        refuse(call, r, recovery->sink);
    }
}

// ---- what is asked ----

static const struct api_parameter recover_members[] = {
    { "since", API_TIME, NULL, "Events seen from then on." },
    { "until", API_TIME, NULL, "And before then; now unless said otherwise." },
};

static const struct api_parameter replay_members[] = {
    { "since", API_TIME, NULL, "Events seen from then on." },
    { "until", API_TIME, NULL, "And before then; now unless said otherwise." },
    { "sources", API_TEXTS, NULL, "Of these sources; `*` and `?` are wild." },
    { "types", API_TEXTS, NULL, "Of these types; `*` and `?` are wild." },
    { "status", API_TEXTS, NULL,
      "Those whose last delivery to the sink ended so: delivered, failed, canceled, missing." },
    { "dry_run", API_FLAG, NULL, "Only counts." },
};

static const struct api_parameter resend_members[] = {
    { "sink", API_TEXT, NULL, "The sink that gets it once more." },
};

static int read_statuses(const struct string_list *names, unsigned *ret, struct problem **reterr)
{
    *ret = names->n ? 0 : RECOVERY_EVERY;
    for (size_t n = 0; n < names->n; n++) {
        size_t i = 0;
        while (i < ARRAY_LEN(statuses) && !str_eq(statuses[i].name, names->v[n])) {
            i++;
        }
        if (i == ARRAY_LEN(statuses)) {
            return problem_set(reterr, -EINVAL, "bad_member",
                               "status is one or more of delivered, failed, canceled and missing; "
                               "what waits goes by itself");
        }
        *ret |= statuses[i].bit;
    }
    return 0;
}

static int64_t now_ms(void)
{
    return clock_wall_ms(&clock_system);
}

static int read_range(const struct api_body *body, struct recovery *recovery,
                      struct problem **reterr)
{
    recovery->created_at_ms = now_ms();
    recovery->since_ms = body_number(body, "since", 0);
    recovery->until_ms = body_number(body, "until", recovery->created_at_ms);
    recovery->after = (struct event_place){ .at_ms = recovery->since_ms, .id = 0 };
    if (recovery->since_ms >= recovery->until_ms) {
        return problem_set(reterr, -EINVAL, "bad_range", "since must lie before until");
    }
    return 0;
}

static int name_sink(struct recovery *recovery, const char *name)
{
    recovery->sink = strdup(name);
    return recovery->sink ? 0 : -ENOMEM;
}

static void move_texts(struct api_body *body, const char *name, struct string_list *ret)
{
    for (size_t i = 0; i < body->n; i++) {
        if (str_eq(body->members[i].name, name)) {
            *ret = body->texts[i];
            body->texts[i] = (struct string_list){ 0 };
        }
    }
}

static void recover(struct api_call *call)
{
    CLEANUP(body_deinit)
    struct api_body body = { .members = recover_members, .n = ARRAY_LEN(recover_members) };
    CLEANUP(problem_freep) struct problem *problem = NULL;
    CLEANUP(recovery_deinit) struct recovery recovery = { .statuses = RECOVERY_FAILED };
    int r = body_read(&body, call_body(call), now_ms(), &problem);
    r = r ? r : read_range(&body, &recovery, &problem);
    r = r ? r : name_sink(&recovery, call_place(call, "name"));
    if (r == 0) {
        begin(call, &recovery);
    } else {
        call_refuse_problem(call, r, problem);
    }
}

static void replay(struct api_call *call)
{
    CLEANUP(body_deinit)
    struct api_body body = { .members = replay_members, .n = ARRAY_LEN(replay_members) };
    CLEANUP(problem_freep) struct problem *problem = NULL;
    CLEANUP(recovery_deinit) struct recovery recovery = { 0 };
    int r = body_read(&body, call_body(call), now_ms(), &problem);
    r = r ? r : read_range(&body, &recovery, &problem);
    r = r ? r : read_statuses(body_texts(&body, "status"), &recovery.statuses, &problem);
    r = r ? r : name_sink(&recovery, call_place(call, "name"));
    move_texts(&body, "sources", &recovery.sources);
    move_texts(&body, "types", &recovery.types);
    if (r < 0) {
        call_refuse_problem(call, r, problem);
    } else if (body_number(&body, "dry_run", 0)) {
        count(call, &recovery);
    } else {
        begin(call, &recovery);
    }
}

// ---- one event ----

// Counted first: zero says that there is nothing to be sent, and why is known.
struct resending {
    struct api_call *call;
    struct recovery recovery;
};

static void resending_free(struct resending *resending)
{
    recovery_deinit(&resending->recovery);
    free(resending);
}

static void on_resend_counted(int result, int64_t found, void *userdata)
{
    struct resending *resending = userdata;
    if (result < 0) {
        call_refuse_error(resending->call, result);
    } else if (found == 0) {
        call_refuse(resending->call, 409, "nothing_to_resend",
                    "the store has no such event (they are kept for store.retention), the sink "
                    "does not want it, or its delivery still waits and goes by itself");
    } else {
        begin(resending->call, &resending->recovery);
    }
    resending_free(resending);
}

static int begin_resend(struct api_call *call, const char *sink)
{
    const struct sink_admin *sinks = call_parts(call)->sink_admin;
    struct resending *resending = calloc(1, sizeof(*resending));
    if (!resending) {
        return -ENOMEM;
    }
    resending->call = call;
    struct recovery *recovery = &resending->recovery;
    recovery->statuses = RECOVERY_EVERY;
    recovery->created_at_ms = now_ms();
    recovery->until_ms = recovery->created_at_ms;
    (void)snprintf(recovery->event_id, sizeof(recovery->event_id), "%s", call_place(call, "id"));
    int r = name_sink(recovery, sink);
    r = r ? r : sinks->count(recovery, on_resend_counted, resending, sinks->userdata);
    if (r < 0) {
        resending_free(resending);
    }
    return r;
}

static void resend(struct api_call *call)
{
    CLEANUP(body_deinit)
    struct api_body body = { .members = resend_members, .n = ARRAY_LEN(resend_members) };
    CLEANUP(problem_freep) struct problem *problem = NULL;
    int r = body_read(&body, call_body(call), now_ms(), &problem);
    if (r == 0 && !body_has(&body, "sink")) {
        r = problem_set(&problem, -EINVAL, "missing_member", "sink names who gets it once more");
    }
    if (r < 0) {
        call_refuse_problem(call, r, problem);
        return;
    }
    r = begin_resend(call, body_text(&body, "sink"));
    if (r < 0) {
        refuse(call, r, body_text(&body, "sink"));
    }
}

// ---- how far they came ----

static int get(const struct api_question *question, const struct worker *worker,
               struct api_answer *ret)
{
    const char *id = question_place(question, "id");
    CLEANUP(recovery_deinit) struct recovery recovery = { 0 };
    int r = worker->store->ops->reader_recovery(worker->reader, id, &recovery);
    if (r == -ENOENT) {
        return api_answer_refuse(ret, 404, "not_found", "there is no recovery \"%s\"", id);
    }
    if (r == 0) {
        view_recovery(&ret->view, &recovery);
    }
    return r;
}

static const struct api_route rows[] = {
    { .method = EVHTTP_REQ_POST,
      .path = "/v1/sinks/{name}/recover",
      .scope = API_WRITE,
      .handle = recover,
      .body = "Recover",
      .body_optional = true,
      .answer = "Recovery",
      .status = 202,
      .doc = "Sends a sink again what failed for good." },
    { .method = EVHTTP_REQ_POST,
      .path = "/v1/sinks/{name}/replay",
      .scope = API_WRITE,
      .handle = replay,
      .body = "Replay",
      .body_optional = true,
      .answer = "Recovery",
      .status = 202,
      .doc = "Sends a sink stored events once more, or counts them." },
    { .method = EVHTTP_REQ_POST,
      .path = "/v1/events/{id}/resend",
      .scope = API_WRITE,
      .handle = resend,
      .body = "Resend",
      .answer = "Recovery",
      .status = 202,
      .doc = "Sends a sink one event once more." },
    { .method = EVHTTP_REQ_GET,
      .path = "/v1/recoveries/{id}",
      .scope = API_READ,
      .read = get,
      .answer = "Recovery",
      .doc = "How far a recovery, replay or resend came." },
};
const struct api_routes recovery_routes = { rows, ARRAY_LEN(rows) };
