#include "bridge/store/pack.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>
#include <zstd_errors.h>

#define PACK_LEVEL     1  // 2 KB in 4.5 us; higher levels cost more than they save on writing
#define PACK_PLAIN_MAX 64 // up to here a frame is hardly shorter

struct pack {
    ZSTD_CCtx *compress; // made on first use: readers never need it
    ZSTD_DCtx *decompress;
};

int pack_new(struct pack **ret)
{
    struct pack *pack = calloc(1, sizeof(*pack));
    if (!pack) {
        return -ENOMEM;
    }
    *ret = pack;
    return 0;
}

struct pack *pack_free(struct pack *pack)
{
    if (pack) {
        (void)ZSTD_freeCCtx(pack->compress);
        (void)ZSTD_freeDCtx(pack->decompress);
        free(pack);
    }
    return NULL;
}

static int encode_plain(const void *data, size_t len, struct bytes *ret)
{
    char *packed = malloc(len + 2);
    if (!packed) {
        return -ENOMEM;
    }
    packed[0] = PACK_PLAIN;
    if (len > 0) {
        memcpy(packed + 1, data, len);
    }
    packed[len + 1] = '\0';
    *ret = (struct bytes){ packed, len + 1 };
    return 0;
}

int pack_encode(struct pack *pack, const void *data, size_t len, struct bytes *ret)
{
    if (len > PACK_CONTENT_MAX) {
        return -EFBIG;
    }
    if (len <= PACK_PLAIN_MAX) {
        return encode_plain(data, len, ret);
    }
    if (!pack->compress && !(pack->compress = ZSTD_createCCtx())) {
        return -ENOMEM;
    }
    size_t bound = ZSTD_compressBound(len);
    AUTO_FREE char *packed = malloc(bound + 2);
    if (!packed) {
        return -ENOMEM;
    }
    packed[0] = PACK_ZSTD;
    size_t n = ZSTD_compressCCtx(pack->compress, packed + 1, bound, data, len, PACK_LEVEL);
    if (ZSTD_isError(n)) {
        return ZSTD_getErrorCode(n) == ZSTD_error_memory_allocation ? -ENOMEM : -EINVAL;
    }
    packed[n + 1] = '\0';
    *ret = (struct bytes){ STEAL(packed), n + 1 };
    return 0;
}

static int decode_zstd(struct pack *pack, const char *frame, size_t len, struct bytes *ret)
{
    unsigned long long size = ZSTD_getFrameContentSize(frame, len);
    if (size == ZSTD_CONTENTSIZE_UNKNOWN || size == ZSTD_CONTENTSIZE_ERROR ||
        size > PACK_CONTENT_MAX) {
        return -EUCLEAN;
    }
    if (!pack->decompress && !(pack->decompress = ZSTD_createDCtx())) {
        return -ENOMEM;
    }
    AUTO_FREE char *content = malloc((size_t)size + 1);
    if (!content) {
        return -ENOMEM;
    }
    size_t n = ZSTD_decompressDCtx(pack->decompress, content, (size_t)size, frame, len);
    if (ZSTD_isError(n) || n != size) {
        return -EUCLEAN;
    }
    content[n] = '\0';
    *ret = (struct bytes){ STEAL(content), n };
    return 0;
}

int pack_decode(struct pack *pack, const void *data, size_t len, struct bytes *ret)
{
    const char *packed = data;
    if (len == 0) {
        return -EUCLEAN;
    }
    switch (packed[0]) {
    case PACK_PLAIN:
        return len - 1 > PACK_CONTENT_MAX ? -EUCLEAN : bytes_dup(ret, packed + 1, len - 1);
    case PACK_ZSTD: return decode_zstd(pack, packed + 1, len - 1, ret);
    default: return -EUCLEAN;
    }
}
