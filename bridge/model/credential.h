#pragma once
// What looks like a credential, for text that is shown to a person who tries a configuration. What
// is known to be a secret is struck out by the list of base/secret.h anyway; this is for keys that
// were written into a URL, a header field or a body as they are.

#include <stdbool.h>
#include <stddef.h>

// Does one of the words of a parameter's, field's or member's name mean a credential?
// "api_key", "X-Auth-Token", "clientSecret", "appid"; not "author" or "keywords".
bool credential_is_name(const char *name, size_t len);

// Long text of letters and digits without a blank in it, or a URL with user and password: a
// credential, whatever its name.
bool credential_is_value(const char *value, size_t len);

// Either of them: what is not shown.
bool credential_is_likely(const char *name, size_t name_len, const char *value, size_t value_len);
