#include "bridge/base/buf.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

void bytes_deinit(struct bytes *bytes)
{
    free(bytes->data);
    *bytes = (struct bytes){ 0 };
}

int bytes_dup(struct bytes *ret, const void *data, size_t len)
{
    if (len == 0) {
        *ret = (struct bytes){ 0 };
        return 0;
    }
    char *copy = malloc(len + 1);
    if (!copy) {
        return -ENOMEM;
    }
    memcpy(copy, data, len);
    copy[len] = '\0';
    *ret = (struct bytes){ .data = copy, .len = len };
    return 0;
}

void buf_deinit(struct buf *buf)
{
    free(buf->data);
    *buf = (struct buf){ .max = buf->max };
}

void buf_clear(struct buf *buf)
{
    buf->len = 0;
    if (buf->data) {
        buf->data[0] = '\0';
    }
}

static int grow(struct buf *buf, size_t needed)
{
    size_t cap = buf->cap < 64 ? 64 : buf->cap;
    while (cap < needed) {
        cap = cap > SIZE_MAX / 2 ? needed : cap * 2;
    }
    char *data = realloc(buf->data, cap);
    if (!data) {
        return -ENOMEM;
    }
    if (!buf->data) {
        data[0] = '\0';
    }
    buf->data = data;
    buf->cap = cap;
    return 0;
}

int buf_reserve(struct buf *buf, size_t more)
{
    if (more > SIZE_MAX - buf->len - 1) {
        return -ENOMEM;
    }
    size_t needed = buf->len + more;
    if (buf->max > 0 && needed > buf->max) {
        return -EMSGSIZE;
    }
    return needed < buf->cap ? 0 : grow(buf, needed + 1);
}

int buf_append(struct buf *buf, const void *data, size_t len)
{
    int error = buf_reserve(buf, len);
    if (error) {
        return error;
    }
    if (len > 0) {
        memcpy(buf->data + buf->len, data, len);
    }
    buf->len += len;
    buf->data[buf->len] = '\0';
    return 0;
}

int buf_append_str(struct buf *buf, const char *text)
{
    return buf_append(buf, text, strlen(text));
}

int buf_append_char(struct buf *buf, char c)
{
    return buf_append(buf, &c, 1);
}

int buf_printf(struct buf *buf, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = NULL;
    int len = vasprintf(&text, format, args);
    va_end(args);
    if (len < 0) {
        return -ENOMEM;
    }
    int error = buf_append(buf, text, (size_t)len);
    free(text);
    return error;
}

const char *buf_str(const struct buf *buf)
{
    return buf->data ? buf->data : "";
}

struct bytes buf_take(struct buf *buf)
{
    struct bytes taken = { .data = buf->data, .len = buf->len };
    *buf = (struct buf){ .max = buf->max };
    if (taken.len == 0) {
        bytes_deinit(&taken);
    }
    return taken;
}
