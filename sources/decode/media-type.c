#include "sources/decode/media-type.h"

#include <string.h>
#include <strings.h>

struct media_type media_type_of(const char *content_type)
{
    const char *text = content_type ? content_type : "";
    return (struct media_type){ text, strcspn(text, ";, \t") };
}

bool media_type_is(struct media_type type, const char *name)
{
    return strlen(name) == type.len && strncasecmp(type.text, name, type.len) == 0;
}

bool media_type_ends(struct media_type type, const char *suffix)
{
    size_t len = strlen(suffix);
    return type.len > len && strncasecmp(type.text + type.len - len, suffix, len) == 0;
}

bool media_type_is_one_of(struct media_type type, const char *const *names)
{
    for (; *names; names++) {
        if (**names == '+' ? media_type_ends(type, *names) : media_type_is(type, *names)) {
            return true;
        }
    }
    return false;
}
