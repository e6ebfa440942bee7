#include "bridge/base/encode.h"

#include <endian.h>
#include <errno.h>
#include <string.h>

#include "bridge/base/str.h"

void hex_encode(const void *data, size_t len, char *ret)
{
    static const char digits[] = "0123456789abcdef";
    const unsigned char *bytes = data;
    for (size_t i = 0; i < len; i++) {
        ret[2 * i] = digits[bytes[i] >> 4];
        ret[2 * i + 1] = digits[bytes[i] & 15];
    }
    ret[2 * len] = '\0';
}

static const char base64_alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

int base64_encode(struct buf *buf, const void *data, size_t len)
{
    if (len > SIZE_MAX / 2) {
        return -ENOMEM;
    }
    int error = buf_reserve(buf, (len + 2) / 3 * 4);
    if (error) {
        return error;
    }
    const unsigned char *bytes = data;
    char *to = buf->data + buf->len;
    for (size_t i = 0; i < len; i += 3) {
        size_t have = len - i < 3 ? len - i : 3;
        uint32_t group = (uint32_t)bytes[i] << 16;
        group |= have > 1 ? (uint32_t)bytes[i + 1] << 8 : 0;
        group |= have > 2 ? (uint32_t)bytes[i + 2] : 0;
        *to++ = base64_alphabet[group >> 18];
        *to++ = base64_alphabet[(group >> 12) & 63];
        *to++ = have > 1 ? base64_alphabet[(group >> 6) & 63] : '=';
        *to++ = have > 2 ? base64_alphabet[group & 63] : '=';
    }
    *to = '\0';
    buf->len = (size_t)(to - buf->data);
    return 0;
}

static int base64_value(char c)
{
    if (c >= 'A' && c <= 'Z') {
        return c - 'A';
    }
    if (c >= 'a' && c <= 'z') {
        return c - 'a' + 26;
    }
    if (c >= '0' && c <= '9') {
        return c - '0' + 52;
    }
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

// The number of characters before the padding, or SIZE_MAX when the padding is not in order.
static size_t base64_strip(const char *text, size_t len)
{
    size_t bare = len;
    while (bare > 0 && len - bare < 2 && text[bare - 1] == '=') {
        bare--;
    }
    bool padded = bare < len;
    return bare % 4 == 1 || (padded && len % 4 != 0) ? SIZE_MAX : bare;
}

int base64_decode(struct bytes *ret, const char *text, size_t len)
{
    size_t bare = base64_strip(text, len);
    if (bare == SIZE_MAX) {
        return ENCODE_E_SYNTAX;
    }
    if (bare == 0) {
        *ret = (struct bytes){ 0 };
        return 0;
    }
    CLEANUP(bytes_deinit) struct bytes out = { .data = malloc(bare / 4 * 3 + 3) };
    if (!out.data) {
        return -ENOMEM;
    }
    uint32_t bits = 0;
    unsigned have = 0;
    for (size_t i = 0; i < bare; i++) {
        int value = base64_value(text[i]);
        if (value < 0) {
            return ENCODE_E_SYNTAX;
        }
        bits = (bits << 6) | (uint32_t)value;
        have += 6;
        if (have >= 8) {
            have -= 8;
            out.data[out.len++] = (char)(bits >> have);
        }
    }
    out.data[out.len] = '\0';
    *ret = out;
    out = (struct bytes){ 0 };
    return 0;
}

void base32_encode_hash(struct hash128 hash, char ret[BASE32_HASH_SIZE])
{
    static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    for (int i = BASE32_HASH_SIZE - 2; i >= 0; i--) {
        ret[i] = alphabet[hash.low & 31];
        hash.low = (hash.low >> 5) | (hash.high << 59);
        hash.high >>= 5;
    }
    ret[BASE32_HASH_SIZE - 1] = '\0';
}

static bool needs_escape(unsigned char c)
{
    return c < 0x20 || c == '"' || c == '\\';
}

size_t quote_json_run(const char *text, size_t from, size_t len)
{
    size_t i = from;
    const uint64_t ones = UINT64_C(0x0101010101010101);
    const uint64_t tops = UINT64_C(0x8080808080808080);
    while (len - i >= 8) {
        uint64_t word;
        memcpy(&word, text + i, sizeof(word));
        word = le64toh(word);
        uint64_t quote = word ^ (ones * '"');
        uint64_t slash = word ^ (ones * '\\');
        // The lowest top bit that is set is of the first byte below 0x20, quote or backslash.
        uint64_t hit =
            ((word - ones * 0x20) & ~word) | ((quote - ones) & ~quote) | ((slash - ones) & ~slash);
        if (hit & tops) {
            return i + (size_t)__builtin_ctzll(hit & tops) / 8;
        }
        i += 8;
    }
    while (i < len && !needs_escape((unsigned char)text[i])) {
        i++;
    }
    return i;
}

static int append_escape(struct buf *buf, unsigned char c)
{
    switch (c) {
    case '"': return buf_append(buf, "\\\"", 2);
    case '\\': return buf_append(buf, "\\\\", 2);
    case '\b': return buf_append(buf, "\\b", 2);
    case '\f': return buf_append(buf, "\\f", 2);
    case '\n': return buf_append(buf, "\\n", 2);
    case '\r': return buf_append(buf, "\\r", 2);
    case '\t': return buf_append(buf, "\\t", 2);
    default: break;
    }
    char escape[7] = "\\u00";
    hex_encode(&c, 1, escape + 4);
    return buf_append(buf, escape, 6);
}

static int append_escaped(struct buf *buf, const char *text, size_t len)
{
    size_t i = 0;
    while (i < len) {
        size_t run = quote_json_run(text, i, len);
        int error = buf_append(buf, text + i, run - i);
        if (!error && run < len) {
            error = append_escape(buf, (unsigned char)text[run]);
            run++;
        }
        if (error) {
            return error;
        }
        i = run;
    }
    return 0;
}

int quote_json(struct buf *buf, const char *text, size_t len)
{
    size_t start = buf->len;
    int error = buf_append_char(buf, '"');
    while (!error && len > 0) {
        size_t good = len;
        bool broken = !str_is_utf8(text, len, &good);
        error = append_escaped(buf, text, good);
        if (!error && broken) {
            error = buf_append(buf, "\xef\xbf\xbd", 3); // U+FFFD in place of the bad byte
            good++;
        }
        text += good;
        len -= good;
    }
    if (!error) {
        error = buf_append_char(buf, '"');
    }
    if (error && buf->data) {
        buf->len = start;
        buf->data[start] = '\0';
    }
    return error;
}
