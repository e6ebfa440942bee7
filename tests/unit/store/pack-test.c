// What is packed comes back as it was; what is not ours is refused, without taking much memory.
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include <cmocka.h>

#include "bridge/model/http.h"
#include "bridge/store/header-codec.h"
#include "bridge/store/pack.h"

static void documents_of_every_size_come_back(void **state)
{
    (void)state;
    static const size_t sizes[] = { 0, 1, 63, 64, 65, 1000, 100000, 5000000 };
    struct pack *pack;
    assert_int_equal(pack_new(&pack), 0);
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        char *content = malloc(sizes[i] + 1);
        assert_non_null(content);
        for (size_t j = 0; j < sizes[i]; j++) {
            content[j] = (char)(j * j % 251);
        }
        struct bytes packed = { 0 };
        struct bytes back = { 0 };
        assert_int_equal(pack_encode(pack, content, sizes[i], &packed), 0);
        assert_int_equal(packed.data[0], sizes[i] <= 64 ? PACK_PLAIN : PACK_ZSTD);
        assert_int_equal(pack_decode(pack, packed.data, packed.len, &back), 0);
        assert_int_equal(back.len, sizes[i]);
        if (sizes[i] > 0) {
            assert_memory_equal(back.data, content, sizes[i]);
            assert_int_equal(back.data[back.len], '\0');
        }
        if (sizes[i] > 5000) {
            assert_true(packed.len < sizes[i] / 10);
        }
        bytes_deinit(&packed);
        bytes_deinit(&back);
        free(content);
    }
    (void)pack_free(pack);
}

static void what_is_not_ours_is_refused(void **state)
{
    (void)state;
    struct pack *pack;
    assert_int_equal(pack_new(&pack), 0);
    char content[1000];
    memset(content, 'a', sizeof(content));
    struct bytes good = { 0 };
    assert_int_equal(pack_encode(pack, content, sizeof(content), &good), 0);
    struct bytes back = { 0 };
    for (size_t len = 0; len < good.len; len++) { // cut anywhere
        assert_int_equal(pack_decode(pack, good.data, len, &back), -EUCLEAN);
    }
    good.data[0] = 2; // a form of the future
    assert_int_equal(pack_decode(pack, good.data, good.len, &back), -EUCLEAN);
    assert_int_equal(pack_decode(pack, "\1no frame", 9, &back), -EUCLEAN);
    assert_null(back.data);
    bytes_deinit(&good);
    (void)pack_free(pack);
}

static void a_frame_that_claims_too_much_is_refused_before_memory_is_taken(void **state)
{
    (void)state;
    // A frame header alone: single segment, 8 bytes of content size (RFC 8878 section 3.1.1.1).
    const unsigned char bomb[] = { PACK_ZSTD, 0x28, 0xb5, 0x2f, 0xfd, 0xe0, 0, 0, 0,
                                   0,         1,    0,    0,    0,    1,    0, 0 };
    assert_true(ZSTD_getFrameContentSize(bomb + 1, sizeof(bomb) - 1) > PACK_CONTENT_MAX);
    struct pack *pack;
    struct bytes back = { 0 };
    assert_int_equal(pack_new(&pack), 0);
    assert_int_equal(pack_decode(pack, bomb, sizeof(bomb), &back), -EUCLEAN);
    assert_int_equal(pack_encode(pack, bomb, PACK_CONTENT_MAX + 1, &back), -EFBIG);
    (void)pack_free(pack);
}

static void headers_come_back_in_order(void **state)
{
    (void)state;
    struct headers headers = { 0 };
    assert_int_equal(headers_add(&headers, "X-B", "2"), 0);
    assert_int_equal(headers_add(&headers, "X-A", ""), 0);
    assert_int_equal(headers_add(&headers, "X-B", "3"), 0);
    struct bytes encoded = { 0 };
    struct headers back = { 0 };
    assert_int_equal(header_codec_encode(&headers, &encoded), 0);
    assert_int_equal(header_codec_decode(encoded.data, encoded.len, &back), 0);
    assert_int_equal(back.n, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(back.v[i].name, headers.v[i].name);
        assert_string_equal(back.v[i].value, headers.v[i].value);
    }
    headers_deinit(&headers);
    headers_deinit(&back);
    bytes_deinit(&encoded);
}

static void broken_headers_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *data;
        size_t len;
    } cases[] = {
        { "a", 1 },               // no end
        { "a\0", 2 },             // no value
        { "a\0b", 3 },            // no end of the value
        { "a\0b\0c\0", 6 },       // a second without a value
        { "\0b\0", 3 },           // no name
        { "a b\0c\0", 6 },        // no token
        { "a\0b\r\nx: y\0", 10 }, // another field inside
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct headers back = { 0 };
        assert_int_equal(header_codec_decode(cases[i].data, cases[i].len, &back), -EUCLEAN);
        assert_null(back.v);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(documents_of_every_size_come_back),
        cmocka_unit_test(what_is_not_ours_is_refused),
        cmocka_unit_test(a_frame_that_claims_too_much_is_refused_before_memory_is_taken),
        cmocka_unit_test(headers_come_back_in_order),
        cmocka_unit_test(broken_headers_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
