#pragma once
// The answer to a question that a worker finds in the store.

#include "bridge/api/view.h"
#include "bridge/base/cleanup.h"

struct api_answer {
    struct view view; // the JSON; empty when it is refused
    int status;       // 0: well. Else the status of the refusal,
    const char *code; // its code (static)
    char *detail;     // and its words
};

void api_answer_deinit(struct api_answer *answer);

// A refusal in place of the JSON. 0 or -ENOMEM.
int api_answer_refuse(struct api_answer *answer, int status, const char *code, const char *format,
                      ...) PRINTF_LIKE(4, 5);
