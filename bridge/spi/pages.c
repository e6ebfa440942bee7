#include "bridge/spi/pages.h"

#include <stdlib.h>

void page_place_deinit(struct page_place *place)
{
    free(place->url);
    bytes_deinit(&place->body);
    *place = (struct page_place){ 0 };
}
