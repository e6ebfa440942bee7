// When a token that was just given expires, as the answer says it.

#include <ctype.h>
#include <math.h>
#include <string.h>
#include <time.h>

#include <json-c/json.h>

#include "bridge/base/problem.h"
#include "bridge/base/str.h"
#include "bridge/base/units.h"
#include "bridge/expr/expr.h"
#include "bridge/model/json.h"
#include "bridge/spi/auth.h"
#include "sources/auth/login-inside.h"
#include "sources/auth/login.h"
#include "sources/auth/token-answer.h"

// A number of this size is milliseconds since 1970; as seconds it would be the year 5138.
#define LEAST_MILLISECONDS 1e11

static bool two_digits(const char *text, int most, int *ret)
{
    if (!isdigit((unsigned char)text[0]) || !isdigit((unsigned char)text[1])) {
        return false;
    }
    *ret = (text[0] - '0') * 10 + text[1] - '0';
    return *ret <= most;
}

// "+02:00", "-0330" or "Z" in minutes east of UTC.
static bool parse_zone(const char *text, int *ret_minutes)
{
    int hours = 0;
    int minutes = 0;
    if (str_eq_nocase(text, "Z")) {
        *ret_minutes = 0;
        return true;
    }
    if ((*text != '+' && *text != '-') || !two_digits(text + 1, 23, &hours)) {
        return false;
    }
    const char *rest = text + 3;
    rest += *rest == ':' ? 1 : 0;
    if (!two_digits(rest, 59, &minutes) || rest[2] != '\0') {
        return false;
    }
    *ret_minutes = (*text == '-' ? -1 : 1) * (hours * 60 + minutes);
    return true;
}

// RFC 3339 date and time; false when it is none.
static bool parse_date(const char *text, int64_t *ret_wall_at_ms)
{
    struct tm parts = { 0 };
    int zone_minutes = 0;
    const char *end = strptime(text, "%Y-%m-%dT%H:%M:%S", &parts);
    if (!end) {
        end = strptime(text, "%Y-%m-%d %H:%M:%S", &parts);
    }
    if (!end) {
        return false;
    }
    if (*end == '.') { // a fraction of a second is of no use here
        end += 1 + strspn(end + 1, "0123456789");
    }
    if (!parse_zone(end, &zone_minutes)) {
        return false;
    }
    *ret_wall_at_ms = ((int64_t)timegm(&parts) - (int64_t)zone_minutes * 60) * 1000;
    return true;
}

// *ret is NULL for null.
static int look_up(const char *key, const struct expr *path, struct json_object *answer,
                   struct json_object **ret, struct problem **reterr)
{
    int r = expr_eval(path, NULL, answer, ret, NULL);
    if (r > 0) {
        return token_refuse(reterr, "\"%s\" found nothing in the answer of the login", key);
    }
    return r;
}

static int expiry_in(const char *text, struct json_object *answer, int64_t now_ms,
                     int64_t *ret_at_ms, struct problem **reterr)
{
    CLEANUP(expr_freep) struct expr *path = NULL;
    AUTO_JSON struct json_object *value = NULL;
    int64_t duration_ms = 0;
    double seconds = 0;
    if (duration_parse(text, &duration_ms)) {
        *ret_at_ms = token_answer_expiry(now_ms, (double)duration_ms);
        return 0;
    }
    int r = expr_new(&path, text, reterr);
    r = r ? r : look_up("expires_in", path, answer, &value, reterr);
    if (r || !value) {
        return r;
    }
    if (!token_answer_number(value, &seconds)) {
        return token_refuse(reterr,
                            "\"expires_in\" is no number of seconds in the answer of the login");
    }
    *ret_at_ms = token_answer_expiry(now_ms, seconds * 1000);
    return 0;
}

// A moment before 1970 is how some say "never": 0, -1, and Go's 0001-01-01T00:00:00Z.
static int expiry_at(const struct expr *path, struct json_object *answer, int64_t now_ms,
                     int64_t *ret_at_ms, struct problem **reterr)
{
    AUTO_JSON struct json_object *value = NULL;
    int64_t date_ms = 0;
    double at_ms = 0;
    int r = look_up("expires_at", path, answer, &value, reterr);
    if (r || !value) {
        return r;
    }
    if (token_answer_number(value, &at_ms)) {
        at_ms *= at_ms < LEAST_MILLISECONDS ? 1000 : 1;
    } else if (json_object_is_type(value, json_type_string) &&
               parse_date(json_object_get_string(value), &date_ms)) {
        at_ms = (double)date_ms;
    } else {
        return token_refuse(reterr,
                            "\"expires_at\" is neither a number nor a date in the answer of "
                            "the login");
    }
    *ret_at_ms = at_ms > 0 ? (int64_t)fmin(at_ms, (double)now_ms + TOKEN_LIFE_MOST_MS) : 0;
    return 0;
}

int auth_login_expiry(const struct auth_login_settings *login, struct json_object *answer,
                      int64_t now_ms, int64_t *ret_at_ms, struct problem **reterr)
{
    *ret_at_ms = 0;
    if (login->expires_in) {
        return expiry_in(login->expires_in, answer, now_ms, ret_at_ms, reterr);
    }
    return login->expires_at ? expiry_at(login->expires_at, answer, now_ms, ret_at_ms, reterr) : 0;
}
