#include "sources/decode/charset.h"

#include <errno.h>
#include <iconv.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "bridge/base/str.h"

// More than any one step of a converter writes, so that each round gets on.
#define ROOM_LEAST 32

static const struct charset {
    const char *name;
    const char *iconv_name;
} charsets[] = {
    { "utf-8", "UTF-8" },
    { "utf8", "UTF-8" },
    { "us-ascii", "UTF-8" },
    { "ascii", "UTF-8" },
    { "iso-8859-1", "CP1252" },
    { "iso8859-1", "CP1252" },
    { "iso_8859-1", "CP1252" },
    { "latin1", "CP1252" },
    { "latin-1", "CP1252" },
    { "windows-1252", "CP1252" },
    { "cp1252", "CP1252" },
    { "iso-8859-2", "ISO-8859-2" },
    { "latin2", "ISO-8859-2" },
    { "iso-8859-3", "ISO-8859-3" },
    { "iso-8859-4", "ISO-8859-4" },
    { "iso-8859-5", "ISO-8859-5" },
    { "iso-8859-6", "ISO-8859-6" },
    { "iso-8859-7", "ISO-8859-7" },
    { "iso-8859-8", "ISO-8859-8" },
    { "iso-8859-9", "CP1254" },
    { "iso-8859-10", "ISO-8859-10" },
    { "iso-8859-13", "ISO-8859-13" },
    { "iso-8859-14", "ISO-8859-14" },
    { "iso-8859-15", "ISO-8859-15" },
    { "iso8859-15", "ISO-8859-15" },
    { "latin9", "ISO-8859-15" },
    { "iso-8859-16", "ISO-8859-16" },
    { "windows-874", "CP874" },
    { "tis-620", "CP874" },
    { "windows-1250", "CP1250" },
    { "cp1250", "CP1250" },
    { "windows-1251", "CP1251" },
    { "cp1251", "CP1251" },
    { "windows-1253", "CP1253" },
    { "windows-1254", "CP1254" },
    { "windows-1255", "CP1255" },
    { "windows-1256", "CP1256" },
    { "windows-1257", "CP1257" },
    { "windows-1258", "CP1258" },
    { "koi8-r", "KOI8-R" },
    { "koi8-u", "KOI8-U" },
    { "macintosh", "MACINTOSH" },
    { "ibm437", "CP437" },
    { "cp437", "CP437" },
    { "ibm850", "CP850" },
    { "cp850", "CP850" },
    { "ibm866", "CP866" },
    { "cp866", "CP866" },
    { "utf-16", "UTF-16LE" },
    { "utf-16le", "UTF-16LE" },
    { "utf-16be", "UTF-16BE" },
    { "shift_jis", "CP932" },
    { "shift-jis", "CP932" },
    { "windows-31j", "CP932" },
    { "euc-jp", "EUC-JP" },
    { "euc-kr", "CP949" },
    { "ks_c_5601-1987", "CP949" },
    { "gb2312", "GB18030" },
    { "gbk", "GB18030" },
    { "gb18030", "GB18030" },
    { "big5", "BIG5" },
};

const char *charset_find(const char *name, size_t len)
{
    for (size_t i = 0; i < ARRAY_LEN(charsets); i++) {
        if (strlen(charsets[i].name) == len && strncasecmp(charsets[i].name, name, len) == 0) {
            return charsets[i].iconv_name;
        }
    }
    return NULL;
}

bool charset_is_utf8(const char *charset)
{
    return str_eq(charset, "UTF-8");
}

static void close_converter(iconv_t *converter)
{
    if (*converter != (iconv_t)-1) { // NOLINT: what iconv_open returns on failure
        (void)iconv_close(*converter);
    }
}

// One round: as much as fits into what is reserved. `at` NULL: what the converter kept back.
static int convert_some(iconv_t converter, struct buf *buf, char **at, size_t *left)
{
    char *out = buf->data + buf->len;
    size_t room = buf->cap - buf->len - 1;
    size_t before = room;
    size_t r = iconv(converter, at, left, &out, &room);
    int error = r == (size_t)-1 ? errno : 0;
    buf->len += before - room;
    buf->data[buf->len] = '\0';
    return error == EILSEQ || error == EINVAL ? CHARSET_E_INVALID : error == E2BIG ? 0 : -error;
}

int charset_convert(struct buf *buf, const char *charset, const char *text, size_t len,
                    size_t *ret_bad)
{
    CLEANUP(close_converter) iconv_t converter = iconv_open("UTF-8", charset);
    if (converter == (iconv_t)-1) { // NOLINT
        return errno == ENOMEM ? -ENOMEM : -EIO;
    }
    char *at =
        (char *)(uintptr_t)text; // iconv only reads it, but its prototype is older than const
    size_t left = len;
    int r = 0;
    while (r == 0 && left > 0) {
        r = buf_reserve(buf, left + ROOM_LEAST);
        r = r ? r : convert_some(converter, buf, &at, &left);
    }
    if (r == CHARSET_E_INVALID) {
        *ret_bad = len - left;
    }
    r = r ? r : buf_reserve(buf, ROOM_LEAST);
    return r ? r : convert_some(converter, buf, NULL, NULL);
}
