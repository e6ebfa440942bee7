#include "bridge/api/sink-changes.h"

#include <errno.h>
#include <string.h>

#include <event2/http.h>
#include <json-c/json.h>

#include "bridge/api/body.h"
#include "bridge/api/call.h"
#include "bridge/api/server.h"
#include "bridge/api/sinks.h"
#include "bridge/api/view.h"
#include "bridge/base/clock.h"
#include "bridge/base/problem.h"
#include "bridge/base/secret.h"
#include "bridge/base/str.h"
#include "bridge/model/json.h"
#include "bridge/spi/sink-admin.h"
#include "bridge/spi/sink-control.h"

#define GRACE_SECONDS_USUAL 86400
#define GRACE_SECONDS_MOST  (30 * 86400)

// ---- one as JSON ----

static void view_settings(struct view *view, struct json_object *settings)
{
    AUTO_BUF struct buf text = { 0 };
    int r = json_write(&text, settings);
    if (r == 0) {
        view_json(view, "settings", text.data, text.len);
    } else {
        view->error = r;
    }
}

static void view_managed(const struct managed_status *status, void *userdata)
{
    struct view *view = userdata;
    view_settings(view, status->settings);
    view_time(view, "created_at", status->created_at_ms);
    view_time(view, "updated_at", status->updated_at_ms);
    view_time(view, "previous_secret_until", status->rotated_until_ms);
}

// One that cannot be used: it is in no configuration.
static void view_unusable(const struct managed_status *status, void *userdata)
{
    struct view *view = userdata;
    view_text(view, "name", status->name);
    view_text(view, "managed_by", "api");
    view_text(view, "state", "unusable");
    view_managed(status, view);
}

static const struct sink_admin *admin_of(const struct api_call *call)
{
    return call_parts(call)->sink_admin;
}

static void refuse(struct api_call *call, int error, const char *name,
                   const struct problem *problem)
{
    switch (-error) {
    case ENOENT: call_refuse(call, 404, "not_found", "there is no sink \"%s\"", name); break;
    case EEXIST:
        call_refuse(call, 409, "name_taken", "there is a sink \"%s\" already", name);
        break;
    case EPERM:
        call_refuse(call, 409, "managed_by_config",
                    "the sink \"%s\" stands in the configuration file; change it there", name);
        break;
    case EBUSY:
        call_refuse(call, 409, "under_way", "a change of the sink \"%s\" is under way", name);
        break;
    case ENOSPC: call_refuse(call, 409, "too_many", "there are 10000 sinks already"); break;
    default: call_refuse_problem(call, error, problem);
    }
}

static void answer_sink(struct api_call *call, const char *name)
{
    const struct sink_control *control = call_parts(call)->sinks;
    const struct sink_admin *admin = admin_of(call);
    AUTO_VIEW struct view view = { 0 };
    view_open(&view, NULL, '{');
    bool in_force = control->get(name, sinks_view_members, &view, control->userdata) == 0;
    int r = admin->describe(name, in_force ? view_managed : view_unusable, &view, admin->userdata);
    view_close(&view, '}');
    if (r == -ENOMEM || (r == -ENOENT && !in_force)) {
        refuse(call, r, name, NULL);
    } else {
        call_answer(call, 0, &view);
    }
}

static void get(struct api_call *call)
{
    answer_sink(call, call_place(call, "name"));
}

// ---- changes ----

struct changing {
    struct api_call *call;
    struct sink_wish wish; // its settings are the call's body
    char *name;
    enum sink_handshake handshake;
    struct sink_change *change; // while the target is asked
    struct view view;
};

static void changing_free(struct changing *changing)
{
    admin_of(changing->call)->drop(changing->change, admin_of(changing->call)->userdata);
    view_deinit(&changing->view);
    free(changing->name);
    free(changing);
}

// The call goes last: everything else leads to it.
static void fail(struct changing *changing, int error, const struct problem *problem)
{
    struct api_call *call = changing->call;
    AUTO_FREE char *name = STEAL(changing->name);
    changing_free(changing);
    refuse(call, error, name ? name : "", problem);
}

static void on_changed(int result, void *userdata)
{
    struct changing *changing = userdata;
    struct api_call *call = changing->call;
    struct view view = changing->view;
    changing->view = (struct view){ 0 };
    changing_free(changing);
    if (result == 0) {
        call_answer(call, 0, &view);
    } else {
        call_refuse_error(call, result);
    }
    view_deinit(&view);
}

// The one time that a secret is shown.
static void view_change(struct view *view, const struct sink_admin *sinks,
                        const struct sink_change *change)
{
    struct managed_status status;
    const char *secret = NULL;
    sinks->show(change, &status, &secret);
    view_open(view, NULL, '{');
    view_text(view, "name", status.name);
    view_text(view, "type", status.type);
    view_text(view, "managed_by", "api");
    view_managed(&status, view);
    if (secret) {
        view_text(view, "secret", secret);
    }
    view_close(view, '}');
}

static void carry_out(struct changing *changing)
{
    const struct sink_admin *sinks = admin_of(changing->call);
    view_change(&changing->view, sinks, changing->change);
    int r = sinks->carry_out(STEAL(changing->change),
                             call_keep_answer(changing->call, 0, &changing->view), on_changed,
                             changing, sinks->userdata);
    if (r < 0) {
        fail(changing, r, NULL);
    }
}

// The rate that the target allows stands in the settings as if it had been asked for.
static int adopt_rate(struct changing *changing, int64_t rate, struct problem **reterr)
{
    const struct sink_admin *sinks = admin_of(changing->call);
    struct json_object *settings = changing->wish.settings;
    struct json_object *limits = NULL;
    if (!json_object_object_get_ex(settings, "limits", &limits) || !limits) {
        limits = json_object_new_object();
        if (!limits || json_object_object_add(settings, "limits", limits) != 0) {
            (void)json_object_put(limits);
            return -ENOMEM;
        }
    }
    struct json_object *number = json_object_new_int64(rate);
    struct json_object *minute = json_object_new_string("1m");
    if (!number || !minute || json_object_object_add(limits, "rate", number) != 0 ||
        json_object_object_add(limits, "per", minute) != 0) {
        return -ENOMEM;
    }
    sinks->drop(STEAL(changing->change), sinks->userdata);
    return sinks->prepare(&changing->wish, &changing->change, reterr, sinks->userdata);
}

static void on_verified(const char *why, int64_t rate, void *userdata)
{
    struct changing *changing = userdata;
    CLEANUP(problem_freep) struct problem *problem = NULL;
    if (why) {
        struct api_call *call = changing->call;
        changing_free(changing);
        call_refuse(call, 422, "verification_failed", "the target does not agree: %s", why);
        return;
    }
    int r = rate > 0 ? adopt_rate(changing, rate, &problem) : 0;
    if (r < 0) {
        fail(changing, r, problem);
    } else {
        carry_out(changing);
    }
}

static void begin_change(struct api_call *call, const struct sink_wish *wish,
                         enum sink_handshake handshake)
{
    const struct sink_admin *sinks = admin_of(call);
    CLEANUP(problem_freep) struct problem *problem = NULL;
    struct changing *changing = calloc(1, sizeof(*changing));
    if (!changing) {
        call_refuse_error(call, -ENOMEM);
        return;
    }
    changing->call = call;
    changing->wish = *wish;
    changing->wish.name = changing->name = strdup(wish->name);
    int r = changing->name
                ? sinks->prepare(&changing->wish, &changing->change, &problem, sinks->userdata)
                : -ENOMEM;
    if (r == 0 && handshake == SINK_HANDSHAKE_NONE) {
        carry_out(changing);
        return;
    }
    r = r ? r : sinks->verify(changing->change, handshake, on_verified, changing, sinks->userdata);
    if (r < 0) {
        fail(changing, r, problem);
    }
}

static const char *const handshake_names[] = { "none", "cloudevents", "challenge" };

// Takes `verify` out of the body, whose other members are settings. False: it was refused.
static bool take_handshake(struct api_call *call, struct json_object *body,
                           enum sink_handshake *ret)
{
    struct json_object *member = NULL;
    *ret = SINK_HANDSHAKE_NONE;
    if (!json_object_object_get_ex(body, "verify", &member)) {
        return true;
    }
    size_t i = 0;
    while (i < ARRAY_LEN(handshake_names) &&
           !str_eq(handshake_names[i], json_object_get_string(member))) {
        i++;
    }
    json_object_object_del(body, "verify");
    *ret = (enum sink_handshake)i;
    if (i == ARRAY_LEN(handshake_names)) {
        call_refuse(call, 400, "bad_member", "verify is one of cloudevents, challenge and none");
        return false;
    }
    return true;
}

static void create(struct api_call *call)
{
    struct json_object *body = call_body(call);
    struct json_object *name = NULL;
    enum sink_handshake handshake;
    if (!json_object_is_type(body, json_type_object) ||
        !json_object_object_get_ex(body, "name", &name) ||
        !json_object_is_type(name, json_type_string)) {
        call_refuse(call, 400, "missing_member", "name says what the sink is called");
        return;
    }
    AUTO_FREE char *text = strdup(json_object_get_string(name));
    json_object_object_del(body, "name"); // all others are its settings
    if (!text) {
        call_refuse_error(call, -ENOMEM);
    } else if (take_handshake(call, body, &handshake)) {
        begin_change(call,
                     &(struct sink_wish){ .kind = SINK_CREATE, .name = text, .settings = body },
                     handshake);
    }
}

static void update(struct api_call *call)
{
    struct json_object *body = call_body(call);
    enum sink_handshake handshake;
    if (!json_object_is_type(body, json_type_object)) {
        call_refuse(call, 400, "bad_body", "the body must be a JSON object");
    } else if (take_handshake(call, body, &handshake)) {
        begin_change(call,
                     &(struct sink_wish){
                         .kind = SINK_UPDATE, .name = call_place(call, "name"), .settings = body },
                     handshake);
    }
}

static const struct api_parameter rotate_members[] = {
    { "grace_period_seconds", API_NUMBER, NULL,
      "How long the secret before signs too; a day unless said otherwise." },
    { "secret", API_TEXT, NULL, "The new secret; one is made and answered unless it stands here." },
};

static void rotate(struct api_call *call)
{
    CLEANUP(body_deinit)
    struct api_body body = { .members = rotate_members, .n = ARRAY_LEN(rotate_members) };
    CLEANUP(problem_freep) struct problem *problem = NULL;
    int r = body_read(&body, call_body(call), 0, &problem);
    int64_t grace_s = r == 0 ? body_number(&body, "grace_period_seconds", GRACE_SECONDS_USUAL) : 0;
    if (r == 0 && grace_s > GRACE_SECONDS_MOST) {
        r = problem_set(&problem, -EINVAL, "bad_member",
                        "grace_period_seconds is at most %d, 30 days", GRACE_SECONDS_MOST);
    }
    if (r < 0) {
        call_refuse_problem(call, r, problem);
        return;
    }
    begin_change(call,
                 &(struct sink_wish){ .kind = SINK_ROTATE,
                                      .name = call_place(call, "name"),
                                      .grace_ms = grace_s * 1000,
                                      .secret = body_text(&body, "secret") },
                 SINK_HANDSHAKE_NONE);
}

static void on_removed(int result, void *userdata)
{
    struct api_call *call = userdata;
    if (result == 0) {
        call_answer_nothing(call);
    } else {
        call_refuse_error(call, result);
    }
}

static void remove_sink(struct api_call *call)
{
    const struct sink_admin *sinks = admin_of(call);
    const char *name = call_place(call, "name");
    int r = sinks->remove(name, on_removed, call, sinks->userdata);
    if (r < 0) {
        refuse(call, r, name, NULL);
    }
}

// ---- on and off ----

static const char *const held_choices[] = { "deliver", "skip", NULL };
static const struct api_parameter enable_members[] = {
    { "held", API_CHOICE, held_choices, "What becomes of the deliveries that are held." },
};

static void copy_status(const struct sink_status *status, void *userdata)
{
    *(struct sink_status *)userdata = *status;
}

static int check_held(struct api_call *call, const struct api_body *body, struct problem **reterr)
{
    const struct sink_control *control = call_parts(call)->sinks;
    struct sink_status status = { 0 };
    int r = control->get(call_place(call, "name"), copy_status, &status, control->userdata);
    if (r < 0) {
        return r;
    }
    int64_t held = status.held + status.waiting;
    if (status.health.disabled_at_ms == 0 || held == 0 || body_has(body, "held")) {
        return 0;
    }
    return problem_set(reterr, -EINVAL, "held_deliveries",
                       "%lld deliveries are held; say with held whether to deliver or to skip them",
                       (long long)held);
}

static void enable(struct api_call *call)
{
    const struct sink_admin *sinks = admin_of(call);
    const char *name = call_place(call, "name");
    CLEANUP(body_deinit)
    struct api_body body = { .members = enable_members, .n = ARRAY_LEN(enable_members) };
    CLEANUP(problem_freep) struct problem *problem = NULL;
    int r = body_read(&body, call_body(call), 0, &problem);
    r = r ? r : check_held(call, &body, &problem);
    r = r ? r : sinks->enable(name, body_number(&body, "held", 0) == 1, sinks->userdata);
    if (r == -EALREADY) {
        call_refuse(call, 409, "enabled", "the sink \"%s\" is enabled", name);
    } else if (r < 0) {
        refuse(call, r, name, problem);
    } else {
        answer_sink(call, name);
    }
}

static void disable(struct api_call *call)
{
    const struct sink_admin *sinks = admin_of(call);
    const char *name = call_place(call, "name");
    int r = sinks->disable(name, sinks->userdata);
    if (r == -EALREADY) {
        call_refuse(call, 409, "disabled", "the sink \"%s\" is disabled", name);
    } else if (r < 0) {
        refuse(call, r, name, NULL);
    } else {
        answer_sink(call, name);
    }
}

// ---- a test event ----

static void on_tested(int result, const struct attempt *attempt, const char *detail, void *userdata)
{
    struct api_call *call = userdata;
    AUTO_VIEW struct view view = { 0 };
    if (result < 0 || !attempt) {
        call_refuse_error(call, result < 0 ? result : -EIO);
        return;
    }
    view_open(&view, NULL, '{');
    view_flag(&view, "delivered", attempt->state == DELIVERY_DELIVERED);
    view_time(&view, "at", attempt->at_ms);
    view_number(&view, "duration_ms", attempt->duration_ms);
    view_number_or_null(&view, "status", attempt->status);
    view_text(&view, "error_code", attempt->error_code);
    view_text(&view, "detail", detail);
    view_bytes(&view, "response", attempt->response.data, attempt->response.len);
    view_close(&view, '}');
    secret_redact(&view.text, 0); // a receiver may repeat what it got
    call_answer(call, 0, &view);
}

static void test(struct api_call *call)
{
    const struct sink_admin *sinks = admin_of(call);
    const char *name = call_place(call, "name");
    int r = sinks->test(name, on_tested, call, sinks->userdata);
    if (r < 0) {
        refuse(call, r, name, NULL);
    }
}

static const struct api_route rows[] = {
    { .method = EVHTTP_REQ_GET,
      .path = "/v1/sinks/{name}",
      .scope = API_READ,
      .handle = get,
      .answer = "Sink",
      .doc = "One sink and how it fares." },
    { .method = EVHTTP_REQ_POST,
      .path = "/v1/sinks",
      .scope = API_ADMIN,
      .handle = create,
      .body = "SinkSettings",
      .answer = "ManagedSink",
      .status = 201,
      .doc = "A new sink; a secret that is made for it is answered this once." },
    { .method = EVHTTP_REQ_PATCH,
      .path = "/v1/sinks/{name}",
      .scope = API_ADMIN,
      .handle = update,
      .body = "SinkSettings",
      .answer = "ManagedSink",
      .doc = "Changes settings (a merge patch: null takes one away)." },
    { .method = EVHTTP_REQ_DELETE,
      .path = "/v1/sinks/{name}",
      .scope = API_ADMIN,
      .handle = remove_sink,
      .status = 204,
      .doc = "Takes a sink away; what waits for it is canceled." },
    { .method = EVHTTP_REQ_POST,
      .path = "/v1/sinks/{name}/secret/rotate",
      .scope = API_ADMIN,
      .handle = rotate,
      .body = "Rotate",
      .body_optional = true,
      .answer = "ManagedSink",
      .doc = "A new secret; the one before signs too for a while." },
    { .method = EVHTTP_REQ_POST,
      .path = "/v1/sinks/{name}/enable",
      .scope = API_WRITE,
      .handle = enable,
      .body = "Enable",
      .body_optional = true,
      .answer = "Sink",
      .doc = "Ends a sink's being disabled." },
    { .method = EVHTTP_REQ_POST,
      .path = "/v1/sinks/{name}/disable",
      .scope = API_WRITE,
      .handle = disable,
      .answer = "Sink",
      .doc = "Holds what there is for a sink until it is enabled." },
    { .method = EVHTTP_REQ_POST,
      .path = "/v1/sinks/{name}/test",
      .scope = API_WRITE,
      .handle = test,
      .answer = "SinkTest",
      .doc = "Sends a test event and tells what came of it." },
};
const struct api_routes sink_change_routes = { rows, ARRAY_LEN(rows) };
