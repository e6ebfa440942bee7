#include "bridge/diff/pointer.h"

#include <string.h>

void pointer_cut(struct buf *pointer, size_t len)
{
    pointer->len = len;
    if (pointer->data != NULL) {
        pointer->data[len] = '\0';
    }
}

int pointer_push_index(struct buf *pointer, size_t index, size_t *ret_len)
{
    *ret_len = pointer->len;
    char digits[24];
    size_t at = sizeof(digits);
    do {
        digits[--at] = (char)('0' + index % 10);
        index /= 10;
    } while (index > 0);
    digits[--at] = '/';
    return buf_append(pointer, digits + at, sizeof(digits) - at);
}

// Section 3: ~ is ~0, / is ~1.
int pointer_push_name(struct buf *pointer, const char *name, size_t *ret_len)
{
    *ret_len = pointer->len;
    int r = buf_append_char(pointer, '/');
    while (r == 0 && *name != '\0') {
        size_t plain = strcspn(name, "~/");
        r = buf_append(pointer, name, plain);
        name += plain;
        if (r == 0 && *name != '\0') {
            r = buf_append_str(pointer, *name++ == '~' ? "~0" : "~1");
        }
    }
    return r;
}
