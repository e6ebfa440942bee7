#pragma once
// The parts of the sink `webhook`, for its own files.

#include <stdint.h>

#include "bridge/base/cleanup.h"
#include "bridge/spi/sink.h"

struct problem;

extern const struct option_table sink_webhook_options;

extern const char *const sink_webhook_signature_names[]; // by enum signature_kind

const char *sink_webhook_method_name(int method);
// Rules between options, as sink_driver.check.
int sink_webhook_check(const void *settings, const char **ret_key,
                       struct problem **reterr) MUST_CHECK;
// As sink_driver.judge_http.
struct verdict sink_webhook_judge(const void *settings, const struct http_response *response,
                                  int64_t now_ms);
