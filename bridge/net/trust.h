#pragma once
// Certificate authorities: each bundle is read once for the whole process and shared by every
// connection, instead of by libcurl once per pool (15 ms and 1 MB each) or once per connection.
// A bundle whose file changed is read again within a minute. Loop thread only.

#include "bridge/base/cleanup.h"

struct trust;
struct ssl_ctx_st;

enum { TRUST_E_FILE = 1 }; // no usable certificate in the file

int trust_new(struct trust **ret) MUST_CHECK;
struct trust *trust_free(struct trust *trust); // accepts NULL
DEFINE_CLEANUP(trust)

// Makes connections of the context trust what is in ca_file (PEM) and nothing else; NULL: the
// system's bundle ($SSL_CERT_FILE, else where distributions keep it). 0, TRUST_E_FILE, -ENOMEM.
int trust_apply(struct trust *trust, const char *ca_file, struct ssl_ctx_st *context) MUST_CHECK;
