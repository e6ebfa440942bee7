#include "authority.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "bridge/base/str.h"

struct authority {
    EVP_PKEY *key;
    X509 *certificate;
};

static void add_extension(X509 *certificate, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    assert_non_null(extension);
    assert_int_equal(X509_add_ext(certificate, extension, -1), 1);
    X509_EXTENSION_free(extension);
}

static X509 *begin_certificate(EVP_PKEY *key, const char *name, long seconds)
{
    static long serial = 1;
    X509 *certificate = X509_new();
    assert_non_null(certificate);
    X509_NAME *subject = X509_get_subject_name(certificate);
    assert_int_equal(X509_set_version(certificate, X509_VERSION_3), 1);
    assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial++), 1);
    assert_non_null(X509_gmtime_adj(X509_getm_notBefore(certificate), -86400));
    assert_non_null(X509_gmtime_adj(X509_getm_notAfter(certificate), seconds));
    assert_int_equal(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                                                (const unsigned char *)name, -1, -1, 0),
                     1);
    assert_int_equal(X509_set_pubkey(certificate, key), 1);
    return certificate;
}

static void write_certificate(const struct folder *folder, const char *name, const char *suffix,
                              X509 *certificate)
{
    AUTO_FREE char *file_name = str_printf("%s.%s", name, suffix);
    AUTO_FREE char *path = folder_file(folder, file_name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(PEM_write_X509(file, certificate), 1);
    assert_int_equal(fclose(file), 0);
}

static void write_key(const struct folder *folder, const char *name, EVP_PKEY *key)
{
    AUTO_FREE char *file_name = str_printf("%s.key", name);
    AUTO_FREE char *path = folder_file(folder, file_name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL), 1);
    assert_int_equal(fclose(file), 0);
}

struct authority *authority_new(const struct folder *folder, const char *name)
{
    struct authority *authority = calloc(1, sizeof(*authority));
    assert_non_null(authority);
    authority->key = EVP_EC_gen("P-256");
    assert_non_null(authority->key);
    X509 *own = begin_certificate(authority->key, name, 86400);
    assert_int_equal(X509_set_issuer_name(own, X509_get_subject_name(own)), 1);
    add_extension(own, own, NID_basic_constraints, "critical,CA:TRUE");
    add_extension(own, own, NID_key_usage, "critical,keyCertSign,cRLSign");
    assert_true(X509_sign(own, authority->key, EVP_sha256()) > 0);
    authority->certificate = own;
    write_certificate(folder, name, "pem", own);
    return authority;
}

struct authority *authority_free(struct authority *authority)
{
    if (authority) {
        EVP_PKEY_free(authority->key);
        X509_free(authority->certificate);
        free(authority);
    }
    return NULL;
}

void authority_issue(const struct authority *authority, const struct folder *folder,
                     const char *name, const char *alternative, long seconds)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    assert_non_null(key);
    X509 *certificate = begin_certificate(key, name, seconds);
    X509 *issuer = authority->certificate;
    assert_int_equal(X509_set_issuer_name(certificate, X509_get_subject_name(issuer)), 1);
    add_extension(certificate, issuer, NID_subject_alt_name, alternative);
    assert_true(X509_sign(certificate, authority->key, EVP_sha256()) > 0);
    write_certificate(folder, name, "crt", certificate);
    write_key(folder, name, key);
    X509_free(certificate);
    EVP_PKEY_free(key);
}

struct ssl_ctx_st *authority_server(const struct folder *folder, const char *name,
                                    const char *client_ca)
{
    AUTO_FREE char *crt = str_printf("%s/%s.crt", folder->path, name);
    AUTO_FREE char *key = str_printf("%s/%s.key", folder->path, name);
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    assert_non_null(context);
    assert_int_equal(SSL_CTX_use_certificate_chain_file(context, crt), 1);
    assert_int_equal(SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM), 1);
    assert_int_equal(SSL_CTX_set_session_id_context(context, (const unsigned char *)"t", 1), 1);
    if (client_ca) {
        AUTO_FREE char *ca = folder_file(folder, client_ca);
        assert_int_equal(SSL_CTX_load_verify_locations(context, ca, NULL), 1);
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    }
    return context;
}
