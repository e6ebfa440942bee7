#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "bridge/base/problem.h"
#include "bridge/base/str.h"
#include "sinks/signature.h"
#include "tests/unit/sinks/support.h"

// The published vector's seed and public key; and the seed alone.
#define SIGNER_PAIR                                                                                \
    "whsk_6Xb/dCcHpPea21PS1N9VY/"                                                                  \
    "NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg=="
#define SIGNER_SEED "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbc="
#define SIGNED_TEST                                                                                \
    "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg=="

#define BODY_TEST "{\"test\": 2432232314}"
#define ID_TEST   "msg_p5jXN8AQM9LWM0D4loKWxJek"

struct vector {
    enum signature_kind kind;
    const char *secrets[SIGNATURE_SECRETS_MAX];
    const char *id;
    int64_t timestamp_s;
    const char *body;
    const char *field;
    const char *value;
    const char *signers[SIGNATURE_SIGNERS_MAX];
};

static void set_key(struct secret *secret, const char *text)
{
    assert_int_equal(secret_init(secret, text, strlen(text)), 0);
}

static int sign(const struct vector *vector, struct headers *ret)
{
    struct signature_keys keys = { 0 };
    struct signature_input input = {
        .id = vector->id,
        .timestamp_s = vector->timestamp_s,
        .body = vector->body,
        .len = vector->body ? strlen(vector->body) : 0,
    };
    for (size_t i = 0; i < SIGNATURE_SECRETS_MAX && vector->secrets[i]; i++) {
        set_key(&keys.secrets[i], vector->secrets[i]);
    }
    for (size_t i = 0; i < SIGNATURE_SIGNERS_MAX && vector->signers[i]; i++) {
        set_key(&keys.signers[i], vector->signers[i]);
    }
    int r = signature_add(vector->kind, &keys, &input, ret);
    for (size_t i = 0; i < SIGNATURE_SECRETS_MAX; i++) {
        secret_deinit(&keys.secrets[i]);
    }
    for (size_t i = 0; i < SIGNATURE_SIGNERS_MAX; i++) {
        secret_deinit(&keys.signers[i]);
    }
    return r;
}

static void check_vector(const struct vector *vector)
{
    struct headers CLEANUP(headers_deinit) headers = { 0 };
    assert_int_equal(sign(vector, &headers), 0);
    const char *value = headers_get(&headers, vector->field);
    assert_non_null(value);
    assert_string_equal(value, vector->value);
}

static void published_vectors_are_met(void **state)
{
    (void)state;
    static const struct vector vectors[] = {
        { SIGNATURE_STANDARD,
          { SECRET_STANDARD },
          ID_TEST,
          1614265330,
          BODY_TEST,
          "webhook-signature",
          "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=" },
        { SIGNATURE_STANDARD,
          { SECRET_OTHER },
          "msg_loFOjxBNrRLzqYUf",
          1731705121,
          "{\"event_type\":\"ping\",\"data\":{\"success\":true}}",
          "webhook-signature",
          "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=" },
        { .kind = SIGNATURE_STANDARD,
          .signers = { SIGNER_PAIR },
          .id = ID_TEST,
          .timestamp_s = 1614265330,
          .body = BODY_TEST,
          .field = "webhook-signature",
          .value = SIGNED_TEST },
        { .kind = SIGNATURE_STANDARD,
          .secrets = { SECRET_STANDARD },
          .signers = { SIGNER_SEED, SIGNER_PAIR },
          .id = ID_TEST,
          .timestamp_s = 1614265330,
          .body = BODY_TEST,
          .field = "webhook-signature",
          .value = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE= " SIGNED_TEST " " SIGNED_TEST },
        { SIGNATURE_GITHUB,
          { "It's a Secret to Everybody" },
          ID_TEST,
          1,
          "Hello, World!",
          "X-Hub-Signature-256",
          "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17" },
        // Made with stripe's own library for node, 23.1.0.
        { SIGNATURE_STRIPE,
          { "whsec_a text, not base64" },
          ID_TEST,
          1614265330,
          BODY_TEST,
          "Stripe-Signature",
          "t=1614265330,v1=488b96d13caf52909c2d9c6495b588c7508d40259968f68f12617bc97a703953" },
        // Slack's guide to verifying requests.
        { SIGNATURE_SLACK,
          { "8f742231b10e8888abcd99yyyzzz85a5" },
          ID_TEST,
          1531420618,
          "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id="
          "G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-"
          "collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F"
          "397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121."
          "803a0bc887a14d10d2c447fce8b6703c",
          "X-Slack-Signature",
          "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503" },
    };
    for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
        check_vector(&vectors[i]);
    }
}

static const char *member(struct json_object *object, const char *name)
{
    struct json_object *value = NULL;
    return json_object_object_get_ex(object, name, &value) ? json_object_get_string(value) : NULL;
}

// One of the reference libraries' cases that sign; the others are about verifying.
static bool check_reference(struct json_object *one)
{
    const char *signature = member(one, "signature");
    const char *secret = member(one, "secret");
    struct json_object *timestamp = NULL;
    if (!signature || !secret || !json_object_object_get_ex(one, "timestamp", &timestamp)) {
        return false;
    }
    // The libraries take keys without their prefix too.
    AUTO_FREE char *prefixed =
        str_printf("%s%s", str_starts(secret, "whsec_") ? "" : "whsec_", secret);
    check_vector(&(struct vector){
        .kind = SIGNATURE_STANDARD,
        .secrets = { prefixed },
        .id = member(one, "id"),
        .timestamp_s = json_object_get_int64(timestamp),
        .body = member(one, "payload"),
        .field = "webhook-signature",
        .value = signature,
    });
    return true;
}

static void the_reference_libraries_vectors_are_met(void **state)
{
    (void)state;
    const char *folder = getenv("POLLBRIDGE_CORPUS");
    if (!folder) {
        (void)puts("SKIP: POLLBRIDGE_CORPUS does not name the folder of recorded answers");
        skip();
        return;
    }
    AUTO_FREE char *path = str_printf("%s/suites/webhook-signatures/vectors.json", folder);
    struct json_object *suite = json_object_from_file(path);
    assert_non_null(suite);
    size_t checked = 0;
    for (size_t i = 0; i < json_object_array_length(suite); i++) {
        checked += check_reference(json_object_array_get_idx(suite, i));
    }
    (void)json_object_put(suite);
    assert_true(checked >= 3);
}

static void stripe_and_slack_sign_the_time_with_the_body(void **state)
{
    (void)state;
    struct headers CLEANUP(headers_deinit) one = { 0 };
    struct headers CLEANUP(headers_deinit) later = { 0 };
    struct vector vector = { .kind = SIGNATURE_STRIPE,
                             .secrets = { "a text that is used as it stands" },
                             .id = ID_TEST,
                             .timestamp_s = 1700000000,
                             .body = "{}" };
    assert_int_equal(sign(&vector, &one), 0);
    const char *value = headers_get(&one, "stripe-signature");
    assert_true(str_starts(value, "t=1700000000,v1="));
    assert_int_equal(strlen(value), strlen("t=1700000000,v1=") + 64);
    vector.kind = SIGNATURE_SLACK;
    assert_int_equal(sign(&vector, &one), 0);
    assert_string_equal(headers_get(&one, "X-Slack-Request-Timestamp"), "1700000000");
    vector.timestamp_s++;
    assert_int_equal(sign(&vector, &later), 0);
    assert_string_not_equal(headers_get(&one, "X-Slack-Signature"),
                            headers_get(&later, "X-Slack-Signature"));
}

static void secrets_that_overlap_each_give_a_signature_newest_first(void **state)
{
    (void)state;
    check_vector(&(struct vector){
        .kind = SIGNATURE_STANDARD,
        .secrets = { "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwBr==", SECRET_STANDARD },
        .id = ID_TEST,
        .timestamp_s = 1614265330,
        .body = BODY_TEST,
        .field = "webhook-signature",
        .value = "v1,yK2tMbA6BHPrMEJ1lLv7UlJJbgFoqGenJkiajZ29evg= "
                 "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    });
    struct headers CLEANUP(headers_deinit) headers = { 0 };
    struct vector three = { .kind = SIGNATURE_STRIPE,
                            .secrets = { "the newest of the texts", "the text before it",
                                         "the oldest of the texts" },
                            .id = ID_TEST,
                            .timestamp_s = 5,
                            .body = "" };
    assert_int_equal(sign(&three, &headers), 0);
    assert_int_equal(strlen(headers_get(&headers, "Stripe-Signature")),
                     strlen("t=5") + 3 * (strlen(",v1=") + 64));
    assert_true(signature_takes_many(SIGNATURE_STANDARD));
    assert_true(signature_takes_many(SIGNATURE_STRIPE));
    assert_false(signature_takes_many(SIGNATURE_GITHUB));
    assert_false(signature_takes_many(SIGNATURE_SLACK));
}

static void the_body_is_signed_to_its_last_byte(void **state)
{
    (void)state;
    struct signature_keys keys = { 0 };
    char values[3][80];
    static const struct {
        const char *body;
        size_t len;
    } bodies[] = { { "a\0b", 3 }, { "a\0c", 3 }, { "a", 1 } };
    assert_int_equal(secret_init(&keys.secrets[0], "an ordinary secret", 18), 0);
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
        struct headers CLEANUP(headers_deinit) headers = { 0 };
        struct signature_input input = { .id = ID_TEST,
                                         .body = bodies[i].body,
                                         .len = bodies[i].len };
        assert_int_equal(signature_add(SIGNATURE_GITHUB, &keys, &input, &headers), 0);
        (void)snprintf(values[i], sizeof(values[i]), "%s",
                       headers_get(&headers, "x-hub-signature-256"));
    }
    assert_string_not_equal(values[0], values[1]);
    assert_string_not_equal(values[0], values[2]);
    secret_deinit(&keys.secrets[0]);
}

static void none_adds_no_field_and_a_broken_key_is_refused(void **state)
{
    (void)state;
    struct headers CLEANUP(headers_deinit) headers = { 0 };
    struct vector vector = { .kind = SIGNATURE_NONE, .id = ID_TEST, .body = "" };
    assert_int_equal(sign(&vector, &headers), 0);
    vector.kind = SIGNATURE_STANDARD;
    vector.secrets[0] = "no key";
    assert_int_equal(sign(&vector, &headers), -EINVAL);
    assert_int_equal(headers.n, 0);
}

static void secrets_are_judged_by_their_key(void **state)
{
    (void)state;
    static const struct {
        enum signature_kind kind;
        const char *text;
        const char *code; // NULL: it may be used
        bool is_weak;
    } cases[] = {
        { SIGNATURE_STANDARD, SECRET_STANDARD, NULL, false },                 // 24 bytes
        { SIGNATURE_STANDARD, "whsec_QUJDREVGR0hJSktMTU5PUA==", NULL, true }, // 16
        { SIGNATURE_STANDARD, "whsec_QUJDREVGR0hJSktMTU5PUA", NULL, true },
        { SIGNATURE_STANDARD, "whsec_QUJDREVGR0hJSktMTU5P", "short_secret", false }, // 15
        { SIGNATURE_STANDARD, "whsec_", "short_secret", false },
        { SIGNATURE_STANDARD, "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "bad_secret", false },
        { SIGNATURE_STANDARD, "WHSEC_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "bad_secret", false },
        { SIGNATURE_STANDARD, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa!!", "bad_secret", false },
        { SIGNATURE_STANDARD, "whsec_MfKQ9r8GKYqrTwjU PD8ILPZIo2LaLaSw", "bad_secret", false },
        { SIGNATURE_GITHUB, "fifteen letters", "short_secret", false },
        { SIGNATURE_GITHUB, "sixteen letters!", NULL, true },
        { SIGNATURE_SLACK, "twenty-three letters 23", NULL, true },
        { SIGNATURE_STRIPE, "twenty-four letters here", NULL, false },
        { SIGNATURE_STRIPE, "whsec_not base64, used whole", NULL, false },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct problem CLEANUP(problem_freep) *why = NULL;
        struct secret CLEANUP(secret_deinit) secret = { 0 };
        assert_int_equal(secret_init(&secret, cases[i].text, strlen(cases[i].text)), 0);
        int r = signature_check(cases[i].kind, &secret, &why);
        assert_int_equal(r, cases[i].code ? -EINVAL : 0);
        if (cases[i].code) {
            assert_string_equal(why->code, cases[i].code);
            if (!str_eq(cases[i].text, "whsec_")) { // which the message explains
                assert_null(strstr(why->message, cases[i].text));
            }
        } else {
            assert_int_equal(signature_is_weak(cases[i].kind, &secret), cases[i].is_weak);
        }
    }
}

static void signing_keys_are_judged_by_their_bytes(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *words; // NULL: it may be used
    } cases[] = {
        { SIGNER_PAIR, NULL },
        { SIGNER_SEED, NULL },
        // The public key of another seed: the receiver's key would not fit.
        { "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfWKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs"
          "6Kvg==",
          "does not belong" },
        { "6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbc=", "whsk_" },
        { SECRET_STANDARD, "whsk_" },
        { "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMQ==", "32 bytes" }, // 31
        { "whsk_6Xb/dCcHpPea21PS1N9VY!NZW723CEc77N4rJCubMbc=", "base64" },
        { "whsk_", "32 bytes" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct problem CLEANUP(problem_freep) *why = NULL;
        struct secret CLEANUP(secret_deinit) secret = { 0 };
        set_key(&secret, cases[i].text);
        assert_int_equal(signature_check_signer(&secret, &why), cases[i].words ? -EINVAL : 0);
        if (cases[i].words) {
            assert_non_null(strstr(why->message, cases[i].words));
            assert_true(strlen(cases[i].text) < 8 || !strstr(why->message, cases[i].text));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_vectors_are_met),
        cmocka_unit_test(the_reference_libraries_vectors_are_met),
        cmocka_unit_test(stripe_and_slack_sign_the_time_with_the_body),
        cmocka_unit_test(secrets_that_overlap_each_give_a_signature_newest_first),
        cmocka_unit_test(the_body_is_signed_to_its_last_byte),
        cmocka_unit_test(none_adds_no_field_and_a_broken_key_is_refused),
        cmocka_unit_test(secrets_are_judged_by_their_key),
        cmocka_unit_test(signing_keys_are_judged_by_their_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
