// The schema of the test drivers, for schema-test.py.
#include <stdio.h>

#include "bridge/base/buf.h"
#include "config/config.h"
#include "tests/unit/config/test-drivers.h"

int main(void)
{
    AUTO_BUF struct buf text = { 0 };
    if (config_write_schema(&test_drivers, &text) != 0) {
        return 1;
    }
    return fputs(buf_str(&text), stdout) < 0;
}
