#include "bridge/api/api-answer.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

void api_answer_deinit(struct api_answer *answer)
{
    view_deinit(&answer->view);
    free(answer->detail);
}

int api_answer_refuse(struct api_answer *answer, int status, const char *code, const char *format,
                      ...)
{
    char *detail = NULL;
    va_list list;
    va_start(list, format);
    int len = vasprintf(&detail, format, list);
    va_end(list);
    if (len < 0) {
        return -ENOMEM;
    }
    free(answer->detail);
    answer->status = status;
    answer->code = code;
    answer->detail = detail;
    return 0;
}
