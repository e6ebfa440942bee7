#include "bridge/spi/coalescence.h"

#include <stdlib.h>

void coalescence_deinit(struct coalescence *coalescence)
{
    free(coalescence->ids);
    encoded_deinit(&coalescence->encoded);
    *coalescence = (struct coalescence){ 0 };
}

void coalescible_deinit(struct coalescible *coalescible)
{
    event_deinit(&coalescible->oldest);
    event_deinit(&coalescible->newest);
    *coalescible = (struct coalescible){ 0 };
}
