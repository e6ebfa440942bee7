#include "config/describe.h"

#include <inttypes.h>

#include "bridge/base/buf.h"
#include "bridge/base/units.h"

int describe_bounds(const struct option *option, struct buf *ret)
{
    char least[32];
    char most[32];
    if (option->least == 0 && option->most == 0) {
        return 0;
    }
    if (option->type == OPTION_DURATION || option->type == OPTION_DURATIONS) {
        duration_format(option->least, least, sizeof(least));
        duration_format(option->most, most, sizeof(most));
        return buf_printf(ret, "From %s to %s.", least, most);
    }
    if (option->type == OPTION_SIZE) {
        size_format((uint64_t)option->least, least, sizeof(least));
        size_format((uint64_t)option->most, most, sizeof(most));
        return buf_printf(ret, "From %s to %s.", least, most);
    }
    return buf_printf(ret, "From %" PRId64 " to %" PRId64 ".", option->least, option->most);
}

const char *describe_type(const struct option *option)
{
    switch (option->type) {
    case OPTION_BOOL: return "true or false";
    case OPTION_INT: return "number";
    case OPTION_DURATION: return "duration";
    case OPTION_SIZE: return "size";
    case OPTION_PERCENT: return "percentage";
    case OPTION_ENUM: return "one of";
    case OPTION_STRING: return "text";
    case OPTION_URL: return "URL";
    case OPTION_FILE: return "file";
    case OPTION_SECRET: return "secret";
    case OPTION_STRINGS: return "text or list of texts";
    case OPTION_PAIRS: return "mapping of names to texts";
    case OPTION_TEMPLATE: return "template";
    case OPTION_TEMPLATES: return "mapping of names to templates";
    case OPTION_FILTER: return "mapping of names to conditions";
    case OPTION_JSON: return "any value";
    case OPTION_EXPR: return "expression";
    case OPTION_EXPRS: return "expression or list of them";
    case OPTION_PATTERNS: return "path or list of paths";
    case OPTION_NORMALIZE: return "mapping of paths to steps";
    case OPTION_DEADBAND: return "mapping of paths to widths";
    case OPTION_STATUSES: return "list of statuses";
    case OPTION_DURATIONS: return "list of durations";
    case OPTION_CRON: return "five fields of cron";
    case OPTION_ZONE: return "time zone";
    case OPTION_WINDOWS: return "list of mappings";
    case OPTION_TABLE: return option->flags & OPTION_LIST_ALONE ? "list or mapping" : "mapping";
    case OPTION_AUTH: return "name or mapping";
    }
    return "";
}
