// Writes random pairs of documents with our patches, one JSON object a line, for appliers that
// others wrote:  {"before": …, "after": …, "patch": […]}
//
//   write-pairs COUNT [SEED]

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <json-c/json.h>

#include "bridge/base/buf.h"
#include "bridge/diff/patch.h"
#include "bridge/model/json.h"
#include "tests/property/apply.h"
#include "tests/property/random-json.h"

static int write_pair(struct json_object *before, struct json_object *after)
{
    AUTO_JSON struct json_object *patch = NULL;
    AUTO_BUF struct buf line = { 0 };
    int r = diff_patch(before, after, &patch);
    const struct {
        const char *name;
        struct json_object *value;
    } members[] = { { "{\"before\":", before },
                    { ",\"after\":", after },
                    { ",\"patch\":", patch } };
    for (size_t i = 0; i < ARRAY_LEN(members) && r == 0; i++) {
        r = buf_append_str(&line, members[i].name);
        r = r != 0 ? r : json_write(&line, members[i].value);
    }
    return r != 0 || printf("%s}\n", buf_str(&line)) < 0 ? 1 : 0;
}

// A list whose elements are mostly longer than an operation, and the same in another order: these
// are moved.
static struct json_object *long_list(struct random *random)
{
    struct json_object *list = json_object_new_array();
    for (uint64_t n = 2 + random_below(random, 10); n > 0; n--) {
        struct json_object *element = json_object_new_array();
        for (uint64_t values = random_below(random, 12); values > 0; values--) {
            (void)json_object_array_add(element, random_value(random, 2));
        }
        (void)json_object_array_add(list, element);
    }
    return list;
}

static struct json_object *reordered(struct random *random, struct json_object *list)
{
    struct json_object *copy = deep_copy(list);
    size_t n = json_object_array_length(copy);
    for (uint64_t swaps = 1 + random_below(random, 4); swaps > 0; swaps--) {
        size_t i = (size_t)random_below(random, n);
        size_t j = (size_t)random_below(random, n);
        struct json_object *a = json_object_get(json_object_array_get_idx(copy, i));
        struct json_object *b = json_object_get(json_object_array_get_idx(copy, j));
        (void)json_object_array_put_idx(copy, i, b);
        (void)json_object_array_put_idx(copy, j, a);
    }
    return copy;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        (void)fprintf(stderr, "usage: %s COUNT [SEED]\n", argv[0]);
        return 2;
    }
    uint64_t count = strtoull(argv[1], NULL, 10);
    struct random random = { argc > 2 ? strtoull(argv[2], NULL, 10) : 1 };
    for (uint64_t i = 0; i < count; i++) {
        bool moves = random_below(&random, 8) == 0;
        AUTO_JSON struct json_object *before =
            moves ? long_list(&random) : random_value(&random, 5);
        AUTO_JSON struct json_object *after =
            moves ? reordered(&random, before) : random_edit(&random, before);
        if (write_pair(before, after) != 0) {
            return 1;
        }
    }
    return 0;
}
