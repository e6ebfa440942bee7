#pragma once
// Drivers with the settings that the binder makes of YAML, and answers made of literals.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bridge/base/cleanup.h"
#include "bridge/base/problem.h"
#include "bridge/model/http.h"
#include "bridge/spi/auth.h"
#include "bridge/spi/settings.h"
#include "bridge/spi/source.h"

// The settings of a source with these keys (YAML, one indented line each by "\n"); its `url` is
// there already. Fails the test, with the words, when they are refused.
struct settings *support_source(const char *keys);
// The settings of an auth with these keys, `type` among them.
struct settings *support_auth(const char *keys);

// "code line: message" of every problem of such keys, line 1 being the first of them. malloc'ed;
// "" when there is none.
char *support_source_refusal(const char *keys);
char *support_auth_refusal(const char *keys);

// Its first source and auth, by the driver.
struct http_request support_request(const struct settings *settings);
struct http_request support_login(const struct settings *settings);
struct http_request support_apply(const struct settings *settings, const struct token *token);

// content_type: NULL for none.
struct http_response support_answer(int status, const char *content_type, const char *body);
struct http_response support_answer_bytes(const char *content_type, const char *body, size_t len);

#define AUTO_REQUEST  CLEANUP(http_request_deinit)
#define AUTO_RESPONSE CLEANUP(http_response_deinit)
#define AUTO_TOKEN    CLEANUP(token_deinit)
#define AUTO_PROBLEM  CLEANUP(problem_freep)

// A field that logs show, and one that they never do; NULL: absent.
const char *support_shown(const struct http_request *request, const char *name);
const char *support_hidden(const struct http_request *request, const char *name);
