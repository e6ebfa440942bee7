// Each text is struck out before it is quoted: a secret that holds a quote or a newline would not
// be recognised after escaping, and striking out afterwards could break the line's syntax.

#include "bridge/base/log.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bridge/base/buf.h"
#include "bridge/base/clock.h"
#include "bridge/base/encode.h"
#include "bridge/base/secret.h"
#include "bridge/base/str.h"

enum { LOG_TEXT_MAX = 4096 }; // bytes of one value; the rest is cut

static struct {
    _Atomic int fd;
    _Atomic enum log_level least;
    _Atomic enum log_format format;
    _Atomic bool colours;
} settings = { .fd = -1, .least = LOG_INFO };

static const char *const level_names[] = { "debug", "info", "warn", "error" };
static const char *const level_colours[] = { "\033[2m", "\033[36m", "\033[33m", "\033[31m" };

void log_init(enum log_format format, enum log_level least, int fd)
{
    atomic_store(&settings.format, format);
    atomic_store(&settings.least, least);
    atomic_store(&settings.colours, format == LOG_LOGFMT && fd >= 0 && isatty(fd) == 1);
    atomic_store(&settings.fd, fd);
}

bool log_wants(enum log_level level)
{
    return level >= atomic_load_explicit(&settings.least, memory_order_relaxed) &&
           atomic_load_explicit(&settings.fd, memory_order_relaxed) >= 0;
}

// Can stand without quotes in logfmt: no blanks, no '=', no quote, nothing invisible.
static bool is_bare(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c <= ' ' || c == '=' || c == '"' || c == '\\' || c >= 0x7f) {
            return false;
        }
    }
    return len > 0;
}

static int append_text(struct buf *line, enum log_format format, const char *text)
{
    AUTO_BUF struct buf value = { 0 };
    size_t len = strlen(text);
    int error = buf_append(&value, text, len);
    if (error) {
        return error;
    }
    secret_redact(&value, 0);
    if (value.len > LOG_TEXT_MAX) {
        value.len = str_cut(value.data, value.len, LOG_TEXT_MAX);
        error = buf_append_str(&value, "…");
        if (error) {
            return error;
        }
    }
    if (format == LOG_LOGFMT && is_bare(buf_str(&value), value.len)) {
        return buf_append(line, value.data, value.len);
    }
    return quote_json(line, buf_str(&value), value.len);
}

static int append_json_field(struct buf *line, const struct log_field *field)
{
    int error = buf_append_char(line, ',');
    if (!error) {
        error = quote_json(line, field->key, strlen(field->key));
    }
    if (!error) {
        error = buf_append_char(line, ':');
    }
    if (error) {
        return error;
    }
    return field->text ? append_text(line, LOG_JSON, field->text)
                       : buf_printf(line, "%lld", (long long)field->number);
}

static int append_logfmt_field(struct buf *line, const struct log_field *field)
{
    bool colours = atomic_load(&settings.colours);
    int error = buf_printf(line, colours ? " \033[2m%s=\033[0m" : " %s=", field->key);
    if (error) {
        return error;
    }
    return field->text ? append_text(line, LOG_LOGFMT, field->text)
                       : buf_printf(line, "%lld", (long long)field->number);
}

static int append_start(struct buf *line, enum log_format format, enum log_level level)
{
    char at[CLOCK_RFC3339_SIZE];
    clock_format_rfc3339(clock_wall_ms(&clock_system), at);
    const char *name = level_names[level];
    if (format == LOG_JSON) {
        return buf_printf(line, "{\"ts\":\"%s\",\"level\":\"%s\"", at, name);
    }
    if (atomic_load(&settings.colours)) {
        return buf_printf(line, "\033[2mts=%s\033[0m level=%s%s\033[0m", at, level_colours[level],
                          name);
    }
    return buf_printf(line, "ts=%s level=%s", at, name);
}

static int append_line(struct buf *line, enum log_level level, const char *message,
                       const struct log_field *fields, size_t n)
{
    enum log_format format = atomic_load(&settings.format);
    int (*append_field)(struct buf *, const struct log_field *) =
        format == LOG_JSON ? append_json_field : append_logfmt_field;
    const struct log_field first = LOG_STR("msg", message);
    int error = append_start(line, format, level);
    if (!error) {
        error = append_field(line, &first);
    }
    for (size_t i = 0; !error && i < n; i++) {
        error = append_field(line, &fields[i]);
    }
    return error ? error : buf_append_str(line, format == LOG_JSON ? "}\n" : "\n");
}

void log_write(enum log_level level, const char *message, const struct log_field *fields, size_t n)
{
    AUTO_BUF struct buf line = { 0 };
    int fd = atomic_load(&settings.fd);
    if (fd < 0 || append_line(&line, level, message, fields, n)) {
        return;
    }
    // One write as a rule; the loop only serves a pipe that took a part of a long line.
    size_t at = 0;
    while (at < line.len) {
        ssize_t written = write(fd, line.data + at, line.len - at);
        if (written < 0 && errno != EINTR) {
            return; // there is nobody left to tell
        }
        at += written > 0 ? (size_t)written : 0;
    }
}
