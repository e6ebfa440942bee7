#include "bridge/model/observer.h"

const char *poll_result_name(enum poll_result result)
{
    switch (result) {
    case POLL_NOT_MODIFIED: return "not_modified";
    case POLL_UNCHANGED: return "unchanged";
    case POLL_BASELINE: return "baseline";
    case POLL_CHANGED: return "changed";
    case POLL_HELD: return "held";
    case POLL_FAILED: return "failed";
    case POLL_THROTTLED: return "throttled";
    }
    return "unknown";
}
