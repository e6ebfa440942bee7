#pragma once
// Sinks that come through the API: the same options under the same checks as those of the file,
// less what could reach into this machine. Refused are paths of files, `${…}`, jq, proxies, `tls`
// that verifies nothing and `allow_private`, which is always false; a URL has TLS unless
// egress.allow_http says otherwise.

#include <stdbool.h>

#include "bridge/base/cleanup.h"

struct drivers;
struct json_object;
struct problems;
struct settings;

struct managed_sink_input {
    const char *name;
    struct json_object *settings; // as under the name in the file; borrowed
    const struct drivers *drivers;
    const struct settings *file; // in force: egress, and the sources there are
    bool is_known;               // it was taken before: a source of it may be gone meanwhile
};

// Settings with that sink alone, for settings_compose. 0, -EINVAL with problems (without places),
// -ENOMEM.
int managed_sink_bind(struct settings **ret, const struct managed_sink_input *input,
                      struct problems *problems) MUST_CHECK;

// The same settings without what must not be seen: a secret is left out, a text that may hold one
// is "***". *ret is the caller's. 0 or -ENOMEM.
int managed_sink_redact(struct json_object *settings, const struct drivers *drivers,
                        struct json_object **ret) MUST_CHECK;
