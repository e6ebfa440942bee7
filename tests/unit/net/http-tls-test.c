// TLS: whom the client trusts, under which name, and what it may take up again.
#include <stdio.h>
#include <string.h>

#include <openssl/ssl.h>

#include "authority.h"
#include "bridge/base/str.h"
#include "folder.h"
#include "world.h"

struct fixture {
    struct world world;
    struct folder folder;
    struct authority *authority; // ca.pem
    struct authority *other;     // other.pem
    SSL_CTX *context;
    struct test_server *server;
    char *ca_file;
    char *other_ca_file;
};

static char to_plain[256];

static const struct route routes[] = {
    { .path = "/ok", .answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" },
    { .path = "/plain", .answer = to_plain },
    { 0 },
};

static int set_up(void **state)
{
    static struct fixture f;
    f = (struct fixture){ 0 };
    world_open(&f.world, routes);
    folder_open(&f.folder);
    f.authority = authority_new(&f.folder, "ca");
    f.other = authority_new(&f.folder, "other");
    f.ca_file = folder_file(&f.folder, "ca.pem");
    f.other_ca_file = folder_file(&f.folder, "other.pem");
    authority_issue(f.authority, &f.folder, "loopback", "IP:127.0.0.1", 3600);
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    world_close(&f->world);
    f->server = NULL;
    SSL_CTX_free(f->context);
    (void)authority_free(f->authority);
    (void)authority_free(f->other);
    free(f->ca_file);
    free(f->other_ca_file);
    folder_close(&f->folder);
    return 0;
}

// Serves the certificate NAME from here on.
static void serve(struct fixture *f, const char *name, const char *client_ca)
{
    f->world.server = server_free(f->world.server);
    SSL_CTX_free(f->context);
    f->context = authority_server(&f->folder, name, client_ca);
    f->server = server_new(f->world.base, routes, f->context);
    f->world.server = f->server;
}

static void ask(struct fixture *f, const char *path, const struct tls_settings *tls,
                struct outcome *ret)
{
    AUTO_REQUEST struct http_request request = world_request(&f->world, path);
    free(request.url);
    request.url = world_url(f->server, "https", path);
    request.tls = tls;
    request.max_redirects = 3;
    http_response_deinit(&ret->response);
    world_ask(&f->world, &request, ret);
}

static void expect_ok(struct fixture *f, const struct tls_settings *tls)
{
    AUTO_OUTCOME struct outcome outcome = { 0 };
    ask(f, "/ok", tls, &outcome);
    assert_string_equal(outcome.response.error_text ? outcome.response.error_text : "", "");
    assert_int_equal(outcome.response.status, 200);
}

static void expect_refused(struct fixture *f, const struct tls_settings *tls, bool name_refused)
{
    AUTO_OUTCOME struct outcome outcome = { 0 };
    ask(f, "/ok", tls, &outcome);
    assert_string_equal(http_error_code(outcome.response.error), "tls_error");
    assert_int_equal(outcome.response.tls_name_refused, name_refused);
    assert_false(str_is_empty(outcome.response.error_text));
}

static void what_the_ca_file_vouches_for_is_trusted(void **state)
{
    struct fixture *f = *state;
    const struct tls_settings tls = { .ca_file = f->ca_file };
    AUTO_OUTCOME struct outcome outcome = { 0 };
    serve(f, "loopback", NULL);
    ask(f, "/ok", &tls, &outcome);
    assert_int_equal(outcome.response.status, 200);
    assert_true(outcome.response.tls_us > 0);
    ask(f, "/ok", &tls, &outcome);
    assert_true(outcome.response.reused);
    assert_int_equal(server_connections(f->server), 1);
}

static void what_nobody_vouches_for_is_not(void **state)
{
    struct fixture *f = *state;
    const struct tls_settings other = { .ca_file = f->other_ca_file };
    serve(f, "loopback", NULL);
    expect_refused(f, NULL, false);
    expect_refused(f, &other, false);
    assert_int_equal(server_requests(f->server), 0);
}

static void a_certificate_of_another_name_is_refused_as_such(void **state)
{
    struct fixture *f = *state;
    const struct tls_settings tls = { .ca_file = f->ca_file };
    authority_issue(f->authority, &f->folder, "wrong", "DNS:elsewhere.test", 3600);
    serve(f, "wrong", NULL);
    expect_refused(f, &tls, true);
    assert_int_equal(server_requests(f->server), 0);
}

static void a_server_name_says_which_name_is_meant(void **state)
{
    struct fixture *f = *state;
    char right[] = "elsewhere.test";
    char wrong[] = "nowhere.test";
    const struct tls_settings good = { .ca_file = f->ca_file, .server_name = right };
    const struct tls_settings bad = { .ca_file = f->ca_file, .server_name = wrong };
    authority_issue(f->authority, &f->folder, "named", "DNS:elsewhere.test", 3600);
    serve(f, "named", NULL);
    expect_ok(f, &good);
    AUTO_FREE char *host = str_printf("\r\nHost: 127.0.0.1:%d\r\n", server_port(f->server));
    assert_non_null(strstr(server_last(f->server), host));
    expect_refused(f, &bad, true);
}

static void an_expired_certificate_is_refused(void **state)
{
    struct fixture *f = *state;
    const struct tls_settings tls = { .ca_file = f->ca_file };
    AUTO_OUTCOME struct outcome outcome = { 0 };
    authority_issue(f->authority, &f->folder, "old", "IP:127.0.0.1", -3600);
    serve(f, "old", NULL);
    ask(f, "/ok", &tls, &outcome);
    assert_int_equal(outcome.response.error, HTTP_TLS_ERROR);
    assert_non_null(strstr(outcome.response.error_text, "expired"));
}

static void a_ca_file_that_cannot_be_read_is_named(void **state)
{
    struct fixture *f = *state;
    AUTO_FREE char *missing = folder_file(&f->folder, "missing.pem");
    AUTO_FREE char *key = folder_file(&f->folder, "loopback.key"); // PEM, but no certificate
    const struct tls_settings files[] = { { .ca_file = missing }, { .ca_file = key } };
    serve(f, "loopback", NULL);
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        AUTO_OUTCOME struct outcome outcome = { 0 };
        ask(f, "/ok", &files[i], &outcome);
        assert_int_equal(outcome.response.error, HTTP_TLS_ERROR);
        assert_non_null(strstr(outcome.response.error_text, files[i].ca_file));
    }
}

// Neither the connection nor its session may be taken up by a request that would not have opened
// it.
static void trust_is_not_borrowed_from_requests_before(void **state)
{
    struct fixture *f = *state;
    const struct tls_settings good = { .ca_file = f->ca_file };
    const struct tls_settings other = { .ca_file = f->other_ca_file };
    const struct tls_settings blind = { .insecure_skip_verify = true };
    const struct tls_settings blind_too = { .ca_file = f->other_ca_file,
                                            .insecure_skip_verify = true };
    serve(f, "loopback", NULL);
    for (unsigned i = 0; i < 3; i++) {
        expect_ok(f, &good);
        expect_refused(f, &other, false);
        expect_refused(f, NULL, false);
        expect_ok(f, &blind);
        expect_refused(f, NULL, false);
        expect_ok(f, &blind_too);
        expect_refused(f, &other, false);
        server_hang_up(f->server); // sessions alone are left
    }
}

static void skipping_the_check_skips_name_and_authority(void **state)
{
    struct fixture *f = *state;
    const struct tls_settings blind = { .insecure_skip_verify = true };
    authority_issue(f->other, &f->folder, "wrong", "DNS:elsewhere.test", -3600);
    serve(f, "wrong", NULL);
    expect_ok(f, &blind);
}

static void a_client_certificate_is_shown_to_its_host(void **state)
{
    struct fixture *f = *state;
    authority_issue(f->other, &f->folder, "client", "DNS:client.test", 3600);
    AUTO_FREE char *crt = folder_file(&f->folder, "client.crt");
    AUTO_FREE char *key = folder_file(&f->folder, "client.key");
    AUTO_FREE char *wrong_key = folder_file(&f->folder, "loopback.key");
    const struct tls_settings none = { .ca_file = f->ca_file };
    const struct tls_settings own = { .ca_file = f->ca_file, .cert_file = crt, .key_file = key };
    const struct tls_settings mixed = { .ca_file = f->ca_file,
                                        .cert_file = crt,
                                        .key_file = wrong_key };
    AUTO_OUTCOME struct outcome outcome = { 0 };
    serve(f, "loopback", "other.pem");
    expect_refused(f, &mixed, false);
    expect_ok(f, &own);
    ask(f, "/ok", &none, &outcome); // not by the other's connection either
    assert_int_not_equal(outcome.response.error, HTTP_NO_ERROR);
    expect_ok(f, &own);
}

static void sessions_are_taken_up_again(void **state)
{
    struct fixture *f = *state;
    const struct tls_settings tls = { .ca_file = f->ca_file };
    serve(f, "loopback", NULL);
    for (unsigned i = 0; i < 4; i++) {
        expect_ok(f, &tls);
        server_hang_up(f->server);
    }
    assert_int_equal(server_connections(f->server), 4);
    assert_int_equal(server_resumed(f->server), 3);
}

static void old_versions_are_refused(void **state)
{
    struct fixture *f = *state;
    const struct tls_settings tls = { .ca_file = f->ca_file };
    const struct tls_settings strict = { .ca_file = f->ca_file, .min_version = TLS_1_3 };
    serve(f, "loopback", NULL);
    assert_int_equal(SSL_CTX_set_max_proto_version(f->context, TLS1_2_VERSION), 1);
    expect_ok(f, &tls);
    expect_refused(f, &strict, false);
    assert_int_equal(SSL_CTX_set_max_proto_version(f->context, TLS1_3_VERSION), 1);
    expect_ok(f, &strict);
}

static void a_redirect_from_https_to_http_takes_no_secrets_along(void **state)
{
    struct fixture *f = *state;
    const struct tls_settings tls = { .ca_file = f->ca_file };
    AUTO_OUTCOME struct outcome outcome = { 0 };
    AUTO_SERVER struct test_server *plain = server_new(f->world.base, routes, NULL);
    (void)snprintf(to_plain, sizeof(to_plain),
                   "HTTP/1.1 302 F\r\nLocation: http://127.0.0.1:%d/ok\r\n"
                   "Content-Length: 0\r\n\r\n",
                   server_port(plain));
    serve(f, "loopback", NULL);
    AUTO_REQUEST struct http_request request = world_request(&f->world, "/plain");
    free(request.url);
    request.url = world_url(f->server, "https", "/plain");
    request.tls = &tls;
    request.max_redirects = 1;
    assert_int_equal(headers_add(&request.secret_headers, "X-Api-Key", "k"), 0);
    world_ask(&f->world, &request, &outcome);
    assert_int_equal(outcome.response.status, 200);
    assert_non_null(strstr(server_last(f->server), "X-Api-Key: k"));
    assert_null(strcasestr(server_last(plain), "X-Api-Key"));
}

static void a_peer_that_does_not_speak_tls_is_not_waited_for(void **state)
{
    struct fixture *f = *state;
    AUTO_OUTCOME struct outcome outcome = { 0 };
    static const struct route garbage[] = { { .path = "*", .answer = "" }, { 0 } };
    f->world.server = server_free(f->world.server);
    f->server = server_new(f->world.base, garbage, NULL);
    f->world.server = f->server;
    AUTO_REQUEST struct http_request request = world_request(&f->world, "/ok");
    free(request.url);
    request.url = world_url(f->server, "https", "/ok");
    request.timeout_ms = 300; // it waits for a request that never becomes one
    world_ask(&f->world, &request, &outcome);
    assert_int_equal(outcome.response.error, HTTP_TIMEOUT_TOTAL);
    assert_true(outcome.response.nothing_received);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(what_the_ca_file_vouches_for_is_trusted),
        CASE(what_nobody_vouches_for_is_not),
        CASE(a_certificate_of_another_name_is_refused_as_such),
        CASE(a_server_name_says_which_name_is_meant),
        CASE(an_expired_certificate_is_refused),
        CASE(a_ca_file_that_cannot_be_read_is_named),
        CASE(trust_is_not_borrowed_from_requests_before),
        CASE(skipping_the_check_skips_name_and_authority),
        CASE(a_client_certificate_is_shown_to_its_host),
        CASE(sessions_are_taken_up_again),
        CASE(old_versions_are_refused),
        CASE(a_redirect_from_https_to_http_takes_no_secrets_along),
        CASE(a_peer_that_does_not_speak_tls_is_not_waited_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
