#include "bridge/net/failure.h"

#include <errno.h>
#include <string.h>

#include <openssl/x509.h>

#include "bridge/base/str.h"
#include "bridge/model/http.h"

static long get_long(const struct failure *failure, CURLINFO info)
{
    long value = 0;
    (void)curl_easy_getinfo(failure->easy, info, &value);
    return value;
}

static const char *words_of(const struct failure *failure)
{
    return failure->words[0] != '\0' ? failure->words : curl_easy_strerror(failure->code);
}

static int set(struct http_response *ret, enum http_error error, char *take_text)
{
    ret->error = error;
    free(ret->error_text);
    ret->error_text = take_text;
    return take_text ? 0 : -ENOMEM;
}

static int describe_connect(const struct failure *failure, struct http_response *ret)
{
    if (failure->proxied) {
        return set(ret, HTTP_PROXY_ERROR,
                   str_printf("the proxy cannot be reached: %s", words_of(failure)));
    }
    if (failure->socket_errno != 0) {
        return set(ret, HTTP_CONNECTION_REFUSED,
                   str_printf("no socket could be opened: %s", strerror(failure->socket_errno)));
    }
    int error = (int)get_long(failure, CURLINFO_OS_ERRNO);
    if (error == ETIMEDOUT) {
        return set(ret, HTTP_TIMEOUT_CONNECT, strdup("the server did not answer the connect"));
    }
    if (error == ECONNREFUSED || error == 0) {
        return set(ret, HTTP_CONNECTION_REFUSED, strdup(words_of(failure)));
    }
    return set(ret, HTTP_CONNECTION_REFUSED,
               str_printf("%s: %s", words_of(failure), strerror(error)));
}

static int describe_timeout(const struct failure *failure, struct http_response *ret)
{
    curl_off_t sent_us = 0;
    (void)curl_easy_getinfo(failure->easy, CURLINFO_PRETRANSFER_TIME_T, &sent_us);
    if (sent_us == 0 && failure->connect_limit) {
        return set(ret, HTTP_TIMEOUT_CONNECT, strdup(words_of(failure)));
    }
    return set(ret, HTTP_TIMEOUT_TOTAL,
               str_printf("%s%s", sent_us == 0 ? "while connecting: " : "", words_of(failure)));
}

static bool peer_closed(const char *words)
{
    return strstr(words, "SSL_ERROR_SYSCALL") || strstr(words, "onnection reset");
}

static int describe_tls(const struct failure *failure, struct http_response *ret)
{
    long verdict = get_long(failure, CURLINFO_SSL_VERIFYRESULT);
    if (failure->ca_file) {
        return set(ret, HTTP_TLS_ERROR,
                   str_printf("no certificate authority can be read from %s", failure->ca_file));
    }
    // libcurl compares names itself: OpenSSL's verdict is then still what it began with.
    if (failure->code == CURLE_PEER_FAILED_VERIFICATION && verdict == X509_V_ERR_UNSPECIFIED) {
        ret->tls_name_refused = true;
        return set(ret, HTTP_TLS_ERROR, strdup(words_of(failure)));
    }
    if (failure->code == CURLE_PEER_FAILED_VERIFICATION && verdict != X509_V_OK) {
        return set(ret, HTTP_TLS_ERROR,
                   str_printf("the server's certificate is not accepted: %s",
                              X509_verify_cert_error_string(verdict)));
    }
    if (failure->code == CURLE_SSL_CONNECT_ERROR && peer_closed(failure->words)) {
        return set(ret, HTTP_CONNECTION_RESET,
                   str_printf("the peer closed the connection during the TLS handshake (%s)",
                              failure->words));
    }
    return set(ret, HTTP_TLS_ERROR, strdup(words_of(failure)));
}

static int describe_receive(const struct failure *failure, struct http_response *ret)
{
    long connect_status = get_long(failure, CURLINFO_HTTP_CONNECTCODE);
    if (failure->proxied && connect_status >= 300) {
        return set(ret, HTTP_PROXY_ERROR,
                   str_printf("the proxy answered CONNECT with %ld", connect_status));
    }
    if (failure->code == CURLE_GOT_NOTHING) {
        return set(ret, HTTP_CONNECTION_RESET,
                   strdup("the peer closed the connection without an answer"));
    }
    // libcurl has one code for a lost connection and for chunks that cannot be read.
    bool malformed = strstr(failure->words, "chunk") != NULL;
    return set(ret, malformed ? HTTP_PROTOCOL_ERROR : HTTP_CONNECTION_RESET,
               strdup(words_of(failure)));
}

// A line of the header block that is longer than libcurl takes (100 KiB) looks like this, too.
static int describe_memory(const struct failure *failure, struct http_response *ret)
{
    if (ret->status != 0) {
        return set(ret, HTTP_RESPONSE_TOO_LARGE, strdup("a header field is too long"));
    }
    return set(ret, HTTP_PROTOCOL_ERROR, strdup(words_of(failure)));
}

int failure_describe(const struct failure *failure, struct http_response *ret)
{
    if (failure->blocked) {
        return set(ret, HTTP_BLOCKED_ADDRESS,
                   str_printf("the address %s is not public; a range in egress.allow_cidrs "
                              "of the configuration would open it",
                              failure->blocked));
    }
    if (failure->refused_version) {
        return set(ret, HTTP_PROTOCOL_ERROR,
                   strdup("the server does not agree to HTTP/2; see http_version"));
    }
    // Few of libcurl's codes can occur here; what is not named is the protocol's.
    switch ((int)failure->code) {
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_PROXY: return set(ret, HTTP_PROXY_ERROR, strdup(words_of(failure)));
    case CURLE_COULDNT_RESOLVE_HOST: return set(ret, HTTP_DNS_ERROR, strdup(words_of(failure)));
    case CURLE_COULDNT_CONNECT: return describe_connect(failure, ret);
    case CURLE_OPERATION_TIMEDOUT: return describe_timeout(failure, ret);
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_CLIENTCERT:
    case CURLE_SSL_ENGINE_INITFAILED:
    case CURLE_USE_SSL_FAILED: return describe_tls(failure, ret);
    case CURLE_OUT_OF_MEMORY: return describe_memory(failure, ret);
    case CURLE_HTTP2_STREAM: // reset, or cut off with its connection
        return set(ret, HTTP_CONNECTION_RESET, strdup(words_of(failure)));
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR: return describe_receive(failure, ret);
    default: return set(ret, HTTP_PROTOCOL_ERROR, strdup(words_of(failure)));
    }
}
