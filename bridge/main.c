// argv to command; the only file that names concrete drivers.

#include "bridge/allocator.h"
#include "bridge/cli/cli.h"
#include "bridge/spi/settings.h"
#include "sinks/broker.h"
#include "sinks/ndjson.h"
#include "sinks/webhook.h"
#include "sources/auth/api-key.h"
#include "sources/auth/basic.h"
#include "sources/auth/bearer.h"
#include "sources/auth/login.h"
#include "sources/auth/oauth2.h"
#include "sources/http.h"

static const struct source_driver *const sources[] = { &source_http, NULL };
static const struct sink_driver *const sinks[] = { &sink_webhook, &sink_file, &sink_stdout,
                                                   &sink_nats,    &sink_mqtt, NULL };
static const struct auth_driver *const auths[] = { &auth_basic, &auth_bearer, &auth_api_key,
                                                   &auth_login, &auth_oauth2, NULL };

static const struct drivers drivers = { .sources = sources, .sinks = sinks, .auths = auths };

int main(int argc, char **argv)
{
    allocator_prefer_large_pages();
    return cli_main(&(struct cli){ .drivers = &drivers }, argc, argv);
}
