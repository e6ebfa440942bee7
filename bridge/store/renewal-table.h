#pragma once
// What servers gave in place of configured secrets, by auth.

#include "bridge/base/cleanup.h"

struct database;
struct renewal;
struct renewal_list;

int renewal_table_put(struct database *db, const struct renewal *renewal) MUST_CHECK;
int renewal_table_load(struct database *db, struct renewal_list *ret) MUST_CHECK;
