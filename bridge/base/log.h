#pragma once
// Structured log lines to stderr: logfmt or JSON. Thread-safe; each line is one write(2).
//
//   log_info("source failing", LOG_STR("source", name), LOG_INT("failures", 3));
//
// Every line passes the list of registered secrets (secret.h). The layer that decides logs, once,
// with what happens next; libraries do not log above debug.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };
enum log_format { LOG_LOGFMT, LOG_JSON };

struct log_field {
    const char *key;
    const char *text; // NULL: number is meant
    int64_t number;
};

// NULL shows as an empty text. A function, so that arrays and literals pass without a warning.
static inline const char *log_text(const char *text)
{
    return text ? text : "";
}

#define LOG_STR(k, v) ((struct log_field){ .key = (k), .text = log_text(v) })
#define LOG_INT(k, v) ((struct log_field){ .key = (k), .number = (int64_t)(v) })

// fd is borrowed; -1 silences everything. Colours are used for logfmt when fd is a terminal.
void log_init(enum log_format format, enum log_level least, int fd);
bool log_wants(enum log_level level);
void log_write(enum log_level level, const char *message, const struct log_field *fields, size_t n);

#define LOG_AT(level, message, ...)                                                                \
    do {                                                                                           \
        if (log_wants(level)) {                                                                    \
            const struct log_field log_fields_[] = { { NULL, NULL, 0 }, ##__VA_ARGS__ };           \
            log_write((level), (message), log_fields_ + 1,                                         \
                      sizeof(log_fields_) / sizeof(log_fields_[0]) - 1);                           \
        }                                                                                          \
    } while (0)
#define log_debug(message, ...) LOG_AT(LOG_DEBUG, message, ##__VA_ARGS__)
#define log_info(message, ...)  LOG_AT(LOG_INFO, message, ##__VA_ARGS__)
#define log_warn(message, ...)  LOG_AT(LOG_WARN, message, ##__VA_ARGS__)
#define log_error(message, ...) LOG_AT(LOG_ERROR, message, ##__VA_ARGS__)
