#include "bridge/diff/normalize-steps.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "bridge/base/buf.h"
#include "bridge/diff/date-text.h"
#include "bridge/model/json-number.h"
#include "bridge/model/json.h"

static int unchanged(struct json_object *value, struct json_object **ret)
{
    *ret = json_object_get(value);
    return 0;
}

static bool is_string(struct json_object *value)
{
    return json_object_is_type(value, json_type_string);
}

static int new_string(const char *text, size_t len, struct json_object **ret)
{
    *ret = json_object_new_string_len(text, (int)len);
    return *ret ? 0 : -ENOMEM;
}

// ---- round ----

// Adds one to the last of the decimal digits; true when all were nines and are zeros now.
static bool carry(char *digits, int64_t n)
{
    for (int64_t i = n - 1; i >= 0; i--) {
        if (digits[i] != '9') {
            digits[i]++;
            return false;
        }
        digits[i] = '0';
    }
    return true;
}

// The number's digits cut behind the decimals that stay, as text with an exponent.
static int append_rounded(struct buf *buf, const struct number *number, int decimals)
{
    int64_t n = (int64_t)(number->whole_n + number->part_n);
    int64_t kept = number->point + decimals;
    if (kept < 0) {
        return buf_append_char(buf, '0');
    }
    bool whole = kept >= n;
    kept = whole ? n : kept;
    int r = number->negative ? buf_append_char(buf, '-') : 0;
    size_t first = buf->len;
    r = r ? r : buf_append(buf, number->whole, number->whole_n);
    r = r ? r : buf_append(buf, number->part, number->part_n);
    if (r) {
        return r;
    }
    char *digits = buf->data + first;
    bool up = !whole && digits[kept] >= '5';
    buf->len = first + (size_t)kept;
    if (up && carry(digits, kept)) { // 99 became 00: put the one before it
        buf->len = first;
        return buf_printf(buf, "1e%" PRId64, number->point);
    }
    if (kept == 0) {
        buf->len = first;
        return buf_append_char(buf, '0');
    }
    return buf_printf(buf, "e%" PRId64, number->point - kept);
}

static int round_text(struct buf *ret, const struct number *number, int decimals)
{
    AUTO_BUF struct buf cut = { 0 };
    struct number rounded;
    int r = append_rounded(&cut, number, decimals);
    if (r == 0 && !number_parse(&rounded, cut.data, cut.len)) {
        return -ENOMEM; // cannot be: it was written from a number
    }
    return r ? r : number_write_canonical(ret, &rounded);
}

static int round_string(struct json_object *value, int decimals, struct json_object **ret)
{
    AUTO_BUF struct buf text = { 0 };
    struct number number;
    size_t len = (size_t)json_object_get_string_len(value);
    if (!number_parse(&number, json_object_get_string(value), len)) {
        return unchanged(value, ret);
    }
    int r = round_text(&text, &number, decimals);
    return r ? r : new_string(text.data, text.len, ret);
}

int normalize_round(struct json_object *value, int decimals, struct json_object **ret)
{
    AUTO_BUF struct buf text = { 0 };
    struct number number;
    if (is_string(value)) {
        return round_string(value, decimals, ret);
    }
    if (!number_get(&number, value) ||
        number.point + decimals >= (int64_t)(number.whole_n + number.part_n)) {
        return unchanged(value, ret);
    }
    int r = round_text(&text, &number, decimals);
    return r ? r : json_read(ret, text.data, text.len, NULL, NULL);
}

// ---- strings ----

static bool is_white(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

int normalize_trim(struct json_object *value, struct json_object **ret)
{
    if (!is_string(value)) {
        return unchanged(value, ret);
    }
    const char *text = json_object_get_string(value);
    size_t whole = (size_t)json_object_get_string_len(value);
    size_t len = whole;
    while (len > 0 && is_white(text[len - 1])) {
        len--;
    }
    size_t from = 0;
    while (from < len && is_white(text[from])) {
        from++;
    }
    return len - from == whole ? unchanged(value, ret) : new_string(text + from, len - from, ret);
}

int normalize_lowercase(struct json_object *value, struct json_object **ret)
{
    if (!is_string(value)) {
        return unchanged(value, ret);
    }
    AUTO_BYTES struct bytes text = { 0 };
    size_t len = (size_t)json_object_get_string_len(value);
    bool moved = false;
    int r = bytes_dup(&text, json_object_get_string(value), len);
    for (size_t i = 0; r == 0 && i < len; i++) {
        if (text.data[i] >= 'A' && text.data[i] <= 'Z') {
            text.data[i] = (char)(text.data[i] - 'A' + 'a');
            moved = true;
        }
    }
    if (r != 0) {
        return r;
    }
    return moved ? new_string(text.data, len, ret) : unchanged(value, ret);
}

int normalize_date(struct json_object *value, struct json_object **ret)
{
    char text[DATE_TEXT_SIZE];
    if (!is_string(value) ||
        !date_text_normalize(json_object_get_string(value),
                             (size_t)json_object_get_string_len(value), text)) {
        return unchanged(value, ret);
    }
    return new_string(text, strlen(text), ret);
}

// ---- arrays ----

enum rank { RANK_NULL, RANK_BOOLEAN, RANK_NUMBER, RANK_STRING, RANK_ARRAY, RANK_OBJECT };

struct element {
    struct json_object *value; // borrowed
    struct bytes text;         // canonical: what equals is equal, byte for byte
    enum rank rank;
};

struct elements {
    struct element *v;
    size_t n;
};

static void elements_deinit(struct elements *elements)
{
    for (size_t i = 0; i < elements->n; i++) {
        bytes_deinit(&elements->v[i].text);
    }
    free(elements->v);
}

static enum rank rank_of(struct json_object *value)
{
    switch (json_object_get_type(value)) {
    case json_type_null: return RANK_NULL;
    case json_type_boolean: return RANK_BOOLEAN;
    case json_type_int:
    case json_type_double: return RANK_NUMBER;
    case json_type_string: return RANK_STRING;
    case json_type_array: return RANK_ARRAY;
    case json_type_object: break;
    }
    return RANK_OBJECT;
}

static int compare(const void *a_, const void *b_)
{
    const struct element *a = a_;
    const struct element *b = b_;
    if (a->rank != b->rank) {
        return a->rank < b->rank ? -1 : 1;
    }
    if (a->rank == RANK_NUMBER) {
        struct number left;
        struct number right;
        bool numbers = number_get(&left, a->value) && number_get(&right, b->value);
        int order = numbers ? number_compare(&left, &right) : 0;
        if (order != 0) {
            return order;
        }
    }
    size_t len = a->text.len < b->text.len ? a->text.len : b->text.len;
    int order = len > 0 ? memcmp(a->text.data, b->text.data, len) : 0;
    return order ? order : (a->text.len > b->text.len) - (a->text.len < b->text.len);
}

static int load(struct elements *elements, struct json_object *array)
{
    size_t n = json_object_array_length(array);
    elements->v = calloc(n + 1, sizeof(*elements->v));
    if (!elements->v) {
        return -ENOMEM;
    }
    for (size_t i = 0; i < n; i++) {
        struct element *element = &elements->v[elements->n++];
        AUTO_BUF struct buf text = { 0 };
        element->value = json_object_array_get_idx(array, i);
        element->rank = rank_of(element->value);
        int r = json_write_canonical(&text, element->value);
        if (r != 0) {
            return r;
        }
        element->text = buf_take(&text);
    }
    qsort(elements->v, elements->n, sizeof(*elements->v), compare);
    return 0;
}

static int arrange(struct json_object *value, bool once, struct json_object **ret)
{
    if (!json_object_is_type(value, json_type_array)) {
        return unchanged(value, ret);
    }
    CLEANUP(elements_deinit) struct elements elements = { 0 };
    AUTO_JSON struct json_object *made = json_object_new_array();
    int r = made ? load(&elements, value) : -ENOMEM;
    for (size_t i = 0; r == 0 && i < elements.n; i++) {
        const struct element *element = &elements.v[i];
        if (once && i > 0 && compare(element - 1, element) == 0) {
            continue;
        }
        if (json_object_array_add(made, json_object_get(element->value)) != 0) {
            (void)json_object_put(element->value);
            r = -ENOMEM;
        }
    }
    if (r == 0) {
        *ret = STEAL(made);
    }
    return r;
}

int normalize_sort(struct json_object *value, struct json_object **ret)
{
    return arrange(value, false, ret);
}

int normalize_set(struct json_object *value, struct json_object **ret)
{
    return arrange(value, true, ret);
}
