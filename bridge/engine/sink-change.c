#include "bridge/engine/sink-change.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <json-c/json.h>

#include "bridge/base/encode.h"
#include "bridge/base/problem.h"
#include "bridge/base/str.h"
#include "bridge/model/json.h"
#include "bridge/spi/settings.h"
#include "config/config.h"
#include "config/managed-sink.h"

#define SECRET_BYTES 24

// Newest first: what is rotated moves down.
static const char *const secret_keys[] = { "secret", "previous_secret", "oldest_secret" };

struct sink_change *sink_change_free(struct sink_change *change)
{
    if (change) {
        managed_sink_deinit(&change->kept);
        (void)settings_unref(change->settings);
        (void)json_object_put(change->shown);
        if (change->secret) {
            explicit_bzero(change->secret, strlen(change->secret));
        }
        free(change->secret);
        free(change);
    }
    return NULL;
}

static int set_text(struct json_object *object, const char *key, const char *text)
{
    struct json_object *value = json_object_new_string(text);
    if (!value || json_object_object_add(object, key, value) != 0) {
        (void)json_object_put(value);
        return -ENOMEM;
    }
    return 0;
}

static int make_secret(char **ret)
{
    unsigned char key[SECRET_BYTES];
    AUTO_BUF struct buf text = { 0 };
    if (getrandom(key, sizeof(key), 0) != (ssize_t)sizeof(key)) {
        return -EIO;
    }
    int r = buf_append_str(&text, "whsec_");
    r = r ? r : base64_encode(&text, key, sizeof(key));
    explicit_bzero(key, sizeof(key));
    *ret = r == 0 ? buf_take(&text).data : NULL;
    return r;
}

static bool needs_secret(struct json_object *settings)
{
    struct json_object *signature = json_object_object_get(settings, "signature");
    return !json_object_object_get(settings, "secret") &&
           !json_object_object_get(settings, "signing_key") &&
           !(signature && str_eq(json_object_get_string(signature), "none"));
}

// RFC 7396: null removes a member, an object is merged into, everything else takes its place.
static int merge(struct json_object *into, struct json_object *patch)
{
    int r = 0;
    json_object_object_foreach(patch, key, value)
    {
        struct json_object *member = json_object_object_get(into, key);
        if (r != 0) {
            break;
        }
        if (!value) {
            json_object_object_del(into, key);
        } else if (json_object_is_type(value, json_type_object) &&
                   json_object_is_type(member, json_type_object)) {
            r = merge(member, value);
        } else if (json_object_object_add(into, key, json_object_get(value)) != 0) {
            (void)json_object_put(value);
            r = -ENOMEM;
        }
    }
    return r;
}

static void forget_secrets(struct json_object *settings)
{
    for (size_t i = 1; i < ARRAY_LEN(secret_keys); i++) {
        json_object_object_del(settings, secret_keys[i]);
    }
}

static int move_secret(struct json_object *settings, size_t from, size_t to)
{
    struct json_object *value = json_object_object_get(settings, secret_keys[from]);
    return value ? json_object_object_add(settings, secret_keys[to], json_object_get(value)) : 0;
}

static int rotate(struct sink_change *change, struct json_object *settings,
                  const struct sink_change_input *input, struct problem **reterr)
{
    const struct sink_wish *wish = input->wish;
    if (!json_object_object_get(settings, "secret")) {
        return problem_set(reterr, -EINVAL, "no_secret",
                           "the sink has no secret that could be changed");
    }
    int r = 0;
    for (size_t i = ARRAY_LEN(secret_keys) - 1; r == 0 && i > 0; i--) {
        r = move_secret(settings, i - 1, i);
    }
    change->kept.rotated_until_ms = input->now_ms + wish->grace_ms;
    if (wish->grace_ms == 0) {
        change->kept.rotated_until_ms = 0;
        forget_secrets(settings);
    }
    if (r == 0 && !wish->secret) {
        r = make_secret(&change->secret);
    }
    return r ? r : set_text(settings, "secret", wish->secret ? wish->secret : change->secret);
}

static int change_settings(struct sink_change *change, struct json_object *settings,
                           const struct sink_change_input *input, struct problem **reterr)
{
    const struct sink_wish *wish = input->wish;
    int r = 0;
    switch (wish->kind) {
    case SINK_UPDATE: return merge(settings, wish->settings);
    case SINK_ROTATE: return rotate(change, settings, input, reterr);
    case SINK_FORGET:
        forget_secrets(settings);
        change->kept.rotated_until_ms = 0;
        return 0;
    case SINK_CREATE: break;
    }
    r = merge(settings, wish->settings);
    if (r == 0 && needs_secret(settings)) {
        r = make_secret(&change->secret);
        r = r ? r : set_text(settings, "secret", change->secret);
    }
    return r;
}

static int read_before(const struct managed_sink *before, struct json_object **ret)
{
    if (!before) {
        *ret = json_object_new_object();
        return *ret ? 0 : -ENOMEM;
    }
    int r = json_read(ret, before->settings, strlen(before->settings), NULL, NULL);
    return r > 0 ? -EUCLEAN : r; // somebody changed it by hand
}

// All of them in one, as an answer has room for one.
static int explain(const struct problems *problems, struct problem **reterr)
{
    AUTO_BUF struct buf text = { 0 };
    const char *code = NULL;
    int r = 0;
    for (size_t i = 0; r == 0 && i < problems->n; i++) {
        const struct problem *problem = problems->v[i];
        if (!str_starts(problem->code, "warning_")) {
            r = buf_printf(&text, "%s%s", text.len > 0 ? "; " : "", problem->message);
            code = code ? code : problem->code;
        }
    }
    return r ? r : problem_set(reterr, -EINVAL, code ? code : "bad_settings", "%s", buf_str(&text));
}

static int bind(struct settings **ret, struct json_object *settings,
                const struct sink_change_input *input, struct problem **reterr)
{
    const struct sink_wish *wish = input->wish;
    const struct managed_sink_input what = {
        .name = wish ? wish->name : input->before->name,
        .settings = settings,
        .drivers = input->drivers,
        .file = input->file,
        .is_known = !wish || wish->kind == SINK_ROTATE || wish->kind == SINK_FORGET,
    };
    CLEANUP(problems_deinit) struct problems problems = { 0 };
    int r = managed_sink_bind(ret, &what, &problems);
    return r == -EINVAL ? explain(&problems, reterr) : r;
}

static int fill_kept(struct sink_change *change, struct json_object *settings,
                     const struct sink_change_input *input)
{
    AUTO_BUF struct buf text = { 0 };
    struct managed_sink *kept = &change->kept;
    int r = json_write(&text, settings);
    if (r == 0) {
        kept->settings = buf_take(&text).data;
        kept->name = strdup(input->wish->name);
        kept->updated_at_ms = input->now_ms;
        kept->created_at_ms = input->before ? input->before->created_at_ms : input->now_ms;
        r = kept->name ? 0 : -ENOMEM;
    }
    return r;
}

int sink_change_make(struct sink_change **ret, const struct sink_change_input *input,
                     struct problem **reterr)
{
    CLEANUP(sink_change_freep) struct sink_change *change = calloc(1, sizeof(*change));
    AUTO_JSON struct json_object *settings = NULL;
    int r = change ? read_before(input->before, &settings) : -ENOMEM;
    if (r == 0) {
        change->kind = input->wish->kind;
        change->kept.rotated_until_ms = input->before ? input->before->rotated_until_ms : 0;
        r = change_settings(change, settings, input, reterr);
    }
    r = r ? r : bind(&change->settings, settings, input, reterr);
    r = r ? r : fill_kept(change, settings, input);
    r = r ? r : managed_sink_redact(settings, input->drivers, &change->shown);
    if (r == 0) {
        *ret = STEAL(change);
    }
    return r;
}

int sink_change_bind_kept(struct settings **ret, const struct sink_change_input *input,
                          struct problem **reterr)
{
    AUTO_JSON struct json_object *settings = NULL;
    int r = read_before(input->before, &settings);
    return r ? r : bind(ret, settings, input, reterr);
}
