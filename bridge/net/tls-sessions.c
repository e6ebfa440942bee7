#include "bridge/net/tls-sessions.h"

CURLSH *tls_sessions_get(struct tls_sessions *sessions, uint64_t origin)
{
    CURLSH **place = &sessions->shares[origin % TLS_SESSION_SHARES];
    if (!*place) {
        CURLSH *share = curl_share_init();
        if (share &&
            curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION) != CURLSHE_OK) {
            (void)curl_share_cleanup(share);
            share = NULL;
        }
        *place = share;
    }
    return *place;
}

void tls_sessions_deinit(struct tls_sessions *sessions)
{
    for (size_t i = 0; i < TLS_SESSION_SHARES; i++) {
        if (sessions->shares[i]) {
            (void)curl_share_cleanup(sessions->shares[i]);
            sessions->shares[i] = NULL;
        }
    }
}
