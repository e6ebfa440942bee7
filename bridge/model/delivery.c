#include "bridge/model/delivery.h"

const char *delivery_state_name(enum delivery_state state)
{
    switch (state) {
    case DELIVERY_PENDING: return "pending";
    case DELIVERY_RETRYING: return "retrying";
    case DELIVERY_HELD: return "held";
    case DELIVERY_DELIVERED: return "delivered";
    case DELIVERY_FAILED: return "failed";
    case DELIVERY_CANCELED: return "canceled";
    }
    return "unknown";
}

void encoded_deinit(struct encoded *encoded)
{
    bytes_deinit(&encoded->body);
    headers_deinit(&encoded->headers);
    free(encoded->error);
    *encoded = (struct encoded){ 0 };
}

void delivery_deinit(struct delivery *delivery)
{
    free(delivery->sink);
    free(delivery->event_type);
    free(delivery->source);
    free(delivery->lane);
    encoded_deinit(&delivery->encoded);
    *delivery = (struct delivery){ 0 };
}

void delivery_list_deinit(struct delivery_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        delivery_deinit(&list->v[i]);
    }
    free(list->v);
    *list = (struct delivery_list){ 0 };
}

void attempt_deinit(struct attempt *attempt)
{
    free(attempt->error_code);
    bytes_deinit(&attempt->response);
    *attempt = (struct attempt){ 0 };
}
