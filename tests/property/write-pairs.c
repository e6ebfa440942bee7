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

int main(int argc, char **argv)
{
    if (argc < 2) {
        (void)fprintf(stderr, "usage: %s COUNT [SEED]\n", argv[0]);
        return 2;
    }
    uint64_t count = strtoull(argv[1], NULL, 10);
    struct random random = { argc > 2 ? strtoull(argv[2], NULL, 10) : 1 };
    for (uint64_t i = 0; i < count; i++) {
        AUTO_JSON struct json_object *before = random_value(&random, 5);
        AUTO_JSON struct json_object *after = random_edit(&random, before);
        if (write_pair(before, after) != 0) {
            return 1;
        }
    }
    return 0;
}
