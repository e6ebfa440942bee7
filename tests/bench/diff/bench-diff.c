// From the texts of two documents to the text of the patch between them, as often as asked, for
// tests/bench/diff/run.
//
//   bench-diff BEFORE AFTER ROUNDS      microseconds of each round, the peak in KB, then the patch, a line each

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <json-c/json.h>

#include "bridge/base/buf.h"
#include "bridge/diff/patch.h"
#include "bridge/model/json.h"

static bool read_file(const char *path, struct buf *ret)
{
    FILE *file = fopen(path, "rb");
    char part[65536];
    bool whole = file != NULL;
    for (size_t n = 1; whole && n > 0;) {
        n = fread(part, 1, sizeof(part), file);
        whole = buf_append(ret, part, n) == 0;
    }
    whole = whole && ferror(file) == 0;
    return file != NULL && fclose(file) == 0 && whole;
}

static int compare(const struct buf *before, const struct buf *after, struct buf *ret)
{
    AUTO_JSON struct json_object *old = NULL;
    AUTO_JSON struct json_object *new = NULL;
    AUTO_JSON struct json_object *patch = NULL;
    int r = json_read(&old, before->data, before->len, NULL, NULL);
    const struct json_limits limits = { .like = old };
    r = r != 0 ? r : json_read(&new, after->data, after->len, &limits, NULL);
    r = r != 0 ? r : diff_patch(old, new, &patch);
    return r != 0 ? r : json_write(ret, patch);
}

// Not ru_maxrss, which a process inherits from the one that starts it.
static long peak_kb(void)
{
    AUTO_BUF struct buf status = { 0 };
    const char *line =
        read_file("/proc/self/status", &status) ? strstr(buf_str(&status), "VmHWM:") : NULL;
    return line ? strtol(line + strlen("VmHWM:"), NULL, 10) : 0;
}

static double now_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

int main(int argc, char **argv)
{
    AUTO_BUF struct buf before = { 0 };
    AUTO_BUF struct buf after = { 0 };
    AUTO_BUF struct buf patch = { 0 };
    if (argc != 4 || !read_file(argv[1], &before) || !read_file(argv[2], &after)) {
        (void)fprintf(stderr, "usage: %s BEFORE AFTER ROUNDS\n", argv[0]);
        return 2;
    }
    for (long rounds = strtol(argv[3], NULL, 10); rounds > 0; rounds--) {
        double start_us = now_us();
        buf_clear(&patch);
        if (compare(&before, &after, &patch) != 0) {
            return 1;
        }
        (void)printf("%.1f\n", now_us() - start_us);
    }
    (void)printf("%ld\n%s\n", peak_kb(), buf_str(&patch));
    return 0;
}
