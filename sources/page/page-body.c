#include "sources/page/page-body.h"

#include <errno.h>

#include <json-c/json.h>

#include "bridge/base/buf.h"
#include "bridge/expr/path.h"
#include "bridge/model/json.h"

bool page_body_is_path(const char *path)
{
    CLEANUP(path_deinit) struct path steps = { 0 };
    bool ok = path_parse(&steps, path, PATH_PLAIN, NULL) == 0 && steps.n > 0;
    for (size_t i = 0; ok && i < steps.n; i++) {
        ok = steps.v[i].kind == PATH_MEMBER;
    }
    return ok;
}

// The object below `in`; made when it is missing or null.
static int step_into(struct json_object *in, const char *name, struct json_object **ret)
{
    struct json_object *inner = NULL;
    (void)json_object_object_get_ex(in, name, &inner);
    if (!inner) {
        inner = json_object_new_object();
        if (!inner || json_object_object_add(in, name, inner) != 0) {
            (void)json_object_put(inner);
            return -ENOMEM;
        }
    }
    *ret = inner;
    return json_object_is_type(inner, json_type_object) ? 0 : -EINVAL;
}

static int put(struct json_object *root, const struct path *path, struct json_object *value)
{
    struct json_object *at = root;
    int r = json_object_is_type(root, json_type_object) ? 0 : -EINVAL;
    for (size_t i = 0; r == 0 && i + 1 < path->n; i++) {
        r = step_into(at, path->v[i].name, &at);
    }
    if (r == 0 &&
        json_object_object_add(at, path->v[path->n - 1].name, json_object_get(value)) != 0) {
        (void)json_object_put(value);
        r = -ENOMEM;
    }
    return r;
}

int page_body_set(const struct bytes *body, const char *path, struct json_object *value,
                  struct bytes *ret)
{
    AUTO_JSON struct json_object *root = NULL;
    CLEANUP(path_deinit) struct path steps = { 0 };
    AUTO_BUF struct buf text = { 0 };
    int r = json_read(&root, body->data ? body->data : "", body->len, NULL, NULL);
    r = r ? r : path_parse(&steps, path, PATH_PLAIN, NULL);
    r = r > 0 ? -EINVAL : r;
    r = r ? r : put(root, &steps, value);
    r = r ? r : json_write(&text, root);
    if (r == 0) {
        *ret = buf_take(&text);
    }
    return r;
}
