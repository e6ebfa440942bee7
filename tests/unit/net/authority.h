#pragma once
// A certificate authority that lives as long as a test, and what it issues, as files and as
// contexts for the fake server.

#include "bridge/base/cleanup.h"
#include "folder.h"

struct authority;
struct ssl_ctx_st;

// Writes NAME.pem, its own certificate, into the folder.
struct authority *authority_new(const struct folder *folder, const char *name);
struct authority *authority_free(struct authority *authority); // accepts NULL
DEFINE_CLEANUP(authority)

// A certificate for the subject alternative name ("DNS:…" or "IP:…"), valid from now for that many
// seconds (negative: no more), as NAME.crt and NAME.key.
void authority_issue(const struct authority *authority, const struct folder *folder,
                     const char *name, const char *alternative, long seconds);
// A server's context with NAME.crt and NAME.key. client_ca, a file's name, NULL: clients need no
// certificate.
struct ssl_ctx_st *authority_server(const struct folder *folder, const char *name,
                                    const char *client_ca);
