#include "bridge/poll/source-memory.h"

#include <string.h>

#include "bridge/base/str.h"
#include "bridge/model/event.h"

// Without memory the old text, or none, stands there: it is for people only.
static void keep_text(char **field, const char *text)
{
    if (!str_eq(*field, text)) {
        free(*field);
        *field = text ? strdup(text) : NULL;
    }
}

void source_memory_keep(struct source_memory *memory, const struct poll_end *end)
{
    memory->result = end->result;
    memory->at_ms = end->at.wall_ms;
    memory->polls++;
    memory->changes += end->events && end->events->n > 0;
    keep_text(&memory->code, end->code);
    keep_text(&memory->detail, end->detail);
}

void source_memory_deinit(struct source_memory *memory)
{
    free(memory->code);
    free(memory->detail);
    *memory = (struct source_memory){ 0 };
}
