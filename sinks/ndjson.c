// Lines of JSON: what is written is compact, so it has no line end of its own.

#include "sinks/ndjson.h"

#include <errno.h>
#include <stddef.h>

#include "bridge/spi/sink.h"
#include "sinks/data-forms.h"
#include "sinks/shape-option.h"
#include "sinks/shape.h"

#define STANDARD_OUTPUT "-"

#define BODY_OPTION(struct_type)                                                                   \
    {                                                                                              \
        .key = "body", .type = OPTION_EXPR, .offset = offsetof(struct_type, body),                 \
        .doc = "What is written instead of the whole event: a jq expression with the event as "    \
               "its input, whose first result is one line of JSON. Where it fails the delivery "   \
               "fails for good.",                                                                  \
        .example = "\"{ at: .timestamp, key: .data.key }\""                                        \
    }

static const struct option file_list[] = {
    { .key = "path",
      .type = OPTION_FILE,
      .offset = offsetof(struct sink_file_settings, path),
      .flags = OPTION_REQUIRED,
      .doc = "The file that lines are appended to; it is created when it is missing, and opened "
             "anew when it was moved away (log rotation).",
      .example = "/var/log/pollbridge/events.ndjson" },
    BODY_OPTION(struct sink_file_settings),
    SHAPE_DATA_OPTION(struct sink_file_settings),
};
static const struct option_table file_table = {
    .name = "sink file",
    .doc = "Appends every event to a file as one line of JSON (NDJSON); a line counts as written "
           "once it is on disk.",
    OPTION_TABLE_OF(struct sink_file_settings, file_list),
};

static const struct option stdout_list[] = {
    BODY_OPTION(struct sink_stdout_settings),
    SHAPE_DATA_OPTION(struct sink_stdout_settings),
};
static const struct option_table stdout_table = {
    .name = "sink stdout",
    .doc = "Writes every event to standard output as one line of JSON (NDJSON).",
    OPTION_TABLE_OF(struct sink_stdout_settings, stdout_list),
};

static int send_line(const char *path, const struct delivery *delivery, struct sink_stream *ret)
{
    const struct bytes *body = &delivery->encoded.body;
    struct buf AUTO_BUF line = { 0 };
    int r = buf_reserve(&line, body->len + 1);
    if (r == 0) {
        r = buf_append(&line, body->data, body->len);
    }
    if (r == 0) {
        r = buf_append_char(&line, '\n');
    }
    if (r != 0) {
        return r;
    }
    ret->path = path;
    ret->bytes = buf_take(&line);
    return 0;
}

static int file_check(const void *settings, const char **ret_key, struct problem **reterr)
{
    const struct sink_file_settings *file = settings;
    *ret_key = "data";
    return data_forms_check(&file->data, reterr);
}

static int file_encode(const void *settings, struct expr_context *context,
                       const struct event *event, struct encoded *ret)
{
    const struct sink_file_settings *file = settings;
    return shape_encode(&(struct shape){ .body = file->body, .forms = &file->data }, context, event,
                        ret);
}

static int file_send(const void *settings, const struct delivery *delivery, struct sink_stream *ret)
{
    const struct sink_file_settings *file = settings;
    return send_line(file->path, delivery, ret);
}

static int stdout_check(const void *settings, const char **ret_key, struct problem **reterr)
{
    const struct sink_stdout_settings *standard = settings;
    *ret_key = "data";
    return data_forms_check(&standard->data, reterr);
}

static int stdout_encode(const void *settings, struct expr_context *context,
                         const struct event *event, struct encoded *ret)
{
    const struct sink_stdout_settings *standard = settings;
    return shape_encode(&(struct shape){ .body = standard->body, .forms = &standard->data },
                        context, event, ret);
}

static int stdout_send(const void *settings, const struct delivery *delivery,
                       struct sink_stream *ret)
{
    (void)settings;
    return send_line(STANDARD_OUTPUT, delivery, ret);
}

const struct sink_driver sink_file = {
    .name = "file",
    .doc = "Lines of JSON in a file.",
    .options = &file_table,
    .transport = SINK_STREAM,
    .check = file_check,
    .encode = file_encode,
    .send_stream = file_send,
};

const struct sink_driver sink_stdout = {
    .name = "stdout",
    .doc = "Lines of JSON on standard output.",
    .options = &stdout_table,
    .transport = SINK_STREAM,
    .check = stdout_check,
    .encode = stdout_encode,
    .send_stream = stdout_send,
};
