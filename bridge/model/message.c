#include "bridge/model/message.h"

#include <stdlib.h>

void message_deinit(struct message *message)
{
    free(message->address);
    free(message->id);
    headers_deinit(&message->headers);
    bytes_deinit(&message->body);
    *message = (struct message){ 0 };
}

const char *message_error_code(enum message_error error)
{
    switch (error) {
    case MESSAGE_NO_ERROR: break;
    case MESSAGE_DNS_ERROR: return "dns_error";
    case MESSAGE_CONNECTION_REFUSED: return "connection_refused";
    case MESSAGE_CONNECTION_RESET: return "connection_reset";
    case MESSAGE_TIMEOUT_CONNECT: return "timeout_connect";
    case MESSAGE_TIMEOUT_TOTAL: return "timeout_total";
    case MESSAGE_TLS_ERROR: return "tls_error";
    case MESSAGE_NOT_ALLOWED: return "not_allowed";
    case MESSAGE_NO_STREAM: return "no_stream";
    case MESSAGE_TOO_LARGE: return "message_too_large";
    case MESSAGE_REFUSED: return "broker_refused";
    }
    return "";
}

void message_answer_deinit(struct message_answer *answer)
{
    free(answer->error_text);
    *answer = (struct message_answer){ 0 };
}
