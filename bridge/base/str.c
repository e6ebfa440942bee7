#include "bridge/base/str.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool str_eq(const char *a, const char *b)
{
    if (!a || !b) {
        return a == b;
    }
    return strcmp(a, b) == 0;
}

bool str_eq_nocase(const char *a, const char *b)
{
    if (!a || !b) {
        return a == b;
    }
    while (*a && lower(*a) == lower(*b)) {
        a++;
        b++;
    }
    return *a == '\0' && *b == '\0';
}

bool str_starts(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool str_ends(const char *text, const char *suffix)
{
    size_t len = strlen(text);
    size_t suffix_len = strlen(suffix);
    return len >= suffix_len && memcmp(text + len - suffix_len, suffix, suffix_len) == 0;
}

bool str_is_empty(const char *text)
{
    return !text || *text == '\0';
}

char *str_printf(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = NULL;
    int len = vasprintf(&text, format, args);
    va_end(args);
    return len < 0 ? NULL : text;
}

static bool is_inside_character(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

size_t str_cut(const char *text, size_t len, size_t most)
{
    if (len <= most) {
        return len;
    }
    while (most > 0 && is_inside_character(text[most])) {
        most--;
    }
    return most;
}

static const char *next_character(const char *text)
{
    text++;
    while (is_inside_character(*text)) {
        text++;
    }
    return text;
}

// Only the last star is ever tried again: what an earlier one could take, the later can take too.
bool str_glob(const char *pattern, const char *text)
{
    const char *star = NULL;
    const char *star_text = NULL;
    while (*text) {
        if (*pattern == '*') {
            star = pattern++;
            star_text = text;
        } else if (*pattern == '?') {
            pattern++;
            text = next_character(text);
        } else if (*pattern == *text) {
            pattern++;
            text++;
        } else if (star) {
            pattern = star + 1;
            text = ++star_text;
        } else {
            return false;
        }
    }
    while (*pattern == '*') {
        pattern++;
    }
    return *pattern == '\0';
}

enum { NEAREST_MAX = 64 }; // longer names are nobody's option

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

// Edit distance without regard to case; two neighbours swapped count as one slip.
static size_t distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
    size_t rows[3][NEAREST_MAX + 1];
    for (size_t j = 0; j <= b_len; j++) {
        rows[0][j] = j;
    }
    for (size_t i = 1; i <= a_len; i++) {
        size_t *row = rows[i % 3];
        const size_t *above = rows[(i - 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            bool same = lower(a[i - 1]) == lower(b[j - 1]);
            size_t best = least(above[j], row[j - 1]) + 1;
            best = least(best, above[j - 1] + (same ? 0 : 1));
            if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
                lower(a[i - 2]) == lower(b[j - 1])) {
                best = least(best, rows[(i - 2) % 3][j - 2] + 1);
            }
            row[j] = best;
        }
    }
    return rows[a_len % 3][b_len];
}

const char *str_nearest(const char *text, const char *const candidates[], size_t n)
{
    size_t len = strlen(text);
    if (len > NEAREST_MAX) {
        return NULL;
    }
    const char *nearest = NULL;
    size_t nearest_distance = SIZE_MAX;
    for (size_t i = 0; i < n; i++) {
        size_t candidate_len = strlen(candidates[i]);
        if (candidate_len > NEAREST_MAX) {
            continue;
        }
        size_t longer = len > candidate_len ? len : candidate_len;
        size_t allowed = longer / 3 > 1 ? longer / 3 : 1;
        size_t found = distance(text, len, candidates[i], candidate_len);
        if (found <= allowed && found < longer && found < nearest_distance) {
            nearest = candidates[i];
            nearest_distance = found;
        }
    }
    return nearest;
}

static bool all_digits(const char *text)
{
    return *text != '\0' && strspn(text, "0123456789") == strlen(text);
}

bool str_to_i64(const char *text, int64_t *ret)
{
    if (!text || !all_digits(*text == '-' ? text + 1 : text)) {
        return false;
    }
    errno = 0;
    long long value = strtoll(text, NULL, 10);
    if (errno) {
        return false;
    }
    *ret = value;
    return true;
}

bool str_to_u64(const char *text, uint64_t *ret)
{
    if (!text || !all_digits(text)) {
        return false;
    }
    errno = 0;
    unsigned long long value = strtoull(text, NULL, 10);
    if (errno) {
        return false;
    }
    *ret = value;
    return true;
}

// The length of the UTF-8 sequence at the start of data, 0 when it is not one (RFC 3629 section 4).
static size_t utf8_sequence(const unsigned char *data, size_t len)
{
    unsigned char first = data[0];
    unsigned char second_least = 0x80;
    unsigned char second_most = 0xbf;
    size_t need;
    if (first < 0x80) {
        return 1;
    } else if (first >= 0xc2 && first <= 0xdf) {
        need = 2;
    } else if (first >= 0xe0 && first <= 0xef) {
        need = 3;
        second_least = first == 0xe0 ? 0xa0 : 0x80;
        second_most = first == 0xed ? 0x9f : 0xbf;
    } else if (first >= 0xf0 && first <= 0xf4) {
        need = 4;
        second_least = first == 0xf0 ? 0x90 : 0x80;
        second_most = first == 0xf4 ? 0x8f : 0xbf;
    } else {
        return 0;
    }
    if (len < need || data[1] < second_least || data[1] > second_most) {
        return 0;
    }
    for (size_t i = 2; i < need; i++) {
        if ((data[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    return need;
}

bool str_is_utf8(const char *data, size_t len, size_t *ret_bad)
{
    const unsigned char *bytes = (const unsigned char *)data;
    size_t i = 0;
    while (i < len) {
        uint64_t word;
        if (len - i >= sizeof(word)) { // plain ASCII, eight at a time
            memcpy(&word, bytes + i, sizeof(word));
            if ((word & UINT64_C(0x8080808080808080)) == 0) {
                i += sizeof(word);
                continue;
            }
        }
        size_t step = utf8_sequence(bytes + i, len - i);
        if (step == 0) {
            if (ret_bad) {
                *ret_bad = i;
            }
            return false;
        }
        i += step;
    }
    return true;
}
