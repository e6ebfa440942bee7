#include "bridge/poll/pages/page-step.h"

#include <json-c/json.h>

#include "bridge/model/json.h"
#include "bridge/poll/digest/document.h"
#include "bridge/spi/settings.h"
#include "bridge/spi/source.h"

void page_step_deinit(struct page_step *step)
{
    page_place_deinit(&step->asked);
    page_place_deinit(&step->next);
}

static size_t count(struct json_object *found)
{
    if (json_object_is_type(found, json_type_array)) {
        return json_object_array_length(found);
    }
    return found ? 1 : 0;
}

int page_step_run(struct page_step *step, const struct source_settings *source,
                  const struct http_response *response, struct expr_context *context,
                  struct problem **reterr)
{
    const struct source_driver *driver = source->driver;
    AUTO_JSON struct json_object *document = NULL;
    AUTO_JSON struct json_object *found = NULL;
    int r = driver->decode(source->driver_settings, response, &document, reterr);
    r = r ? r : document_select(&source->rules, context, document, &found, reterr);
    if (r != 0) {
        return r;
    }
    step->items = count(found);
    step->content = json_fingerprint(found);
    const struct page_answer answer = {
        .number = step->number,
        .asked = &step->asked,
        .response = response,
        .document = document,
        .items = step->items,
        .items_before = step->items_before,
        .context = context,
    };
    return driver->next_page(source->driver_settings, &answer, &step->next, reterr);
}
