#include "bridge/poll/digest/auto-key.h"

#include "bridge/diff/key-guess.h"
#include "bridge/expr/expr.h"
#include "bridge/spi/settings.h"

bool auto_key_is_wanted(const struct change_rules *rules)
{
    return rules->items && rules->key.n == 0;
}

int auto_key_read(const char *text, struct expr **ret)
{
    *ret = NULL;
    int r = text && *text ? expr_new(ret, text, NULL) : 0;
    return r < 0 ? r : 0;
}

int auto_key_find(struct json_object *before, struct json_object *after, struct expr **ret)
{
    AUTO_BUF struct buf path = { 0 };
    int r = key_guess(before, after, &path);
    return r ? r : auto_key_read(buf_str(&path), ret);
}
