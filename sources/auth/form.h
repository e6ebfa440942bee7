#pragma once
// The body of a request as the fields of a form (application/x-www-form-urlencoded).

#include "bridge/base/cleanup.h"

struct buf;
struct http_request;

// A blank becomes %20, which every receiver reads as it reads `+`. 0 or -ENOMEM.
int form_add(struct buf *form, const char *name, const char *value) MUST_CHECK;
// Moves the form into the request and says what it is. 0 or -ENOMEM.
int form_send(struct http_request *request, struct buf *take_form) MUST_CHECK;
