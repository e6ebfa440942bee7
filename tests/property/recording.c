#include "tests/property/recording.h"

#include <assert.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "bridge/base/str.h"
#include "tests/property/corpus.h"

// Keys and ignored parts are those of each series' own README.
const struct series all_series[] = {
    { "usgs-all-hour",
      { { ".features", { ".properties.url" } } },
      { ".metadata.generated", ".metadata.count" } },
    { "usgs-significant-month",
      { { ".features", { ".properties.url" } } },
      { ".metadata.generated", ".metadata.count" } },
    { "owm-current-amsterdam",
      { { ".weather", { ".id" } } },
      { ".dt", ".base", ".cod", ".sys.id", ".sys.type" } },
    { "calfire-incidents-2023", { { ".", { ".UniqueId" } } } },
    { "stoerungsauskunft-water", { { ".", { ".id" }, { ".lastUpdate" } } } },
    { "baywheels-system-alerts",
      { { ".data.alerts", { ".alert_id" } } },
      { ".last_updated", ".ttl" } },
    { "fpl-county-outages", { { ".outages", { ".[\"County Name\"]" } } } },
    { "pge-outages-calm",
      { { ".", { ".F_OUTAGE_ID" }, { ".LAST_UPDATE", ".LAST_UPDATE_TEXT" } } } },
    { "coindesk-btc", .ignore = { ".time.updated", ".time.updatedISO", ".time.updateduk" } },
    { "cisa-kev",
      { { ".vulnerabilities", { ".cveID" } } },
      { ".catalogVersion", ".dateReleased", ".count" },
      .is_packed = true,
      .has_inner_lists = true },
    { "chrome-known-good",
      { { ".versions", { ".version" } } },
      { ".timestamp" },
      .is_packed = true },
    { "chrome-last-known-good", .ignore = { ".timestamp" }, .is_packed = true },
    { "dmi-forecast",
      { { ".timeserie", { ".time" } },
        { ".aggData", { ".time" } },
        { ".sixHourSymbols", { ".time" } },
        { ".twelveHourSymbols", { ".time" } } },
      { ".lastupdate" },
      .is_packed = true },
    { "fema-shelters", { { ".", { ".SHELTER_ID" } } }, .is_packed = true },
    { "hn-by-domain", { { ".", { ".id" } } }, .is_packed = true },
    { "jemc-outages",
      { { ".County", { ".PolyID" } }, { ".District", { ".PolyID" } }, { ".Zip", { ".PolyID" } } },
      .is_packed = true },
    // `Areas`, the other keyed list, is now and then null or has a key that is null.
    { "north-georgia-outages",
      { { ".Outages", { ".OutageRecID" } } },
      .is_packed = true,
      .has_inner_lists = true },
    { "nws-alerts-accumulated", { { ".", { ".id" } } }, .is_packed = true },
    { "oslobysykkel-station-status",
      { { ".data.stations", { ".station_id" }, { ".last_reported" } } },
      { ".last_updated", ".ttl" },
      .is_packed = true },
    { "baywheels-station-information",
      { { ".data.stations", { ".station_id" } } },
      { ".last_updated", ".ttl" },
      .is_packed = true,
      .has_inner_lists = true },
};
const size_t all_series_count = ARRAY_LEN(all_series);

const struct series *series_find(const char *name)
{
    for (size_t i = 0; i < all_series_count; i++) {
        if (strcmp(all_series[i].name, name) == 0) {
            return &all_series[i];
        }
    }
    return NULL;
}

void tsv_column(const char *line, size_t at, char *ret, size_t size)
{
    for (; at > 0; at--) {
        line += strcspn(line, "\t\n");
        line += *line == '\t';
    }
    size_t len = strcspn(line, "\t\n");
    assert(len < size);
    memcpy(ret, line, len);
    ret[len] = '\0';
}

const char *tsv_next_line(const char *line)
{
    const char *end = strchr(line, '\n');
    return end == NULL ? line + strlen(line) : end + 1;
}

static size_t number(const char *line, size_t at)
{
    char text[32];
    tsv_column(line, at, text, sizeof(text));
    return (size_t)strtoul(text, NULL, 10);
}

// Python reads the archive: it needs no other program for it.
static void unpack(char *archive, char *folder)
{
    static char python[] = "/usr/bin/python3", option[] = "-m", module[] = "tarfile", act[] = "-e";
    char *const args[] = { python, option, module, act, archive, folder, NULL };
    char *const env[] = { NULL };
    pid_t child;
    int status;
    int r = posix_spawn(&child, python, NULL, NULL, args, env);
    assert(r == 0);
    pid_t ended = waitpid(child, &status, 0);
    assert(ended == child && status == 0);
}

static char *unpack_versions(const char *place)
{
    const char *parent = getenv("TMPDIR");
    char *folder = str_printf("%s/series-XXXXXX", parent == NULL ? "/tmp" : parent);
    AUTO_FREE char *archive = str_printf("%s/versions.tar.xz", place);
    const char *made = mkdtemp(folder);
    assert(made != NULL);
    unpack(archive, folder);
    return folder;
}

void recording_open(struct recording *ret, const char *corpus, const struct series *series)
{
    *ret = (struct recording){ .is_temporary = series->is_packed };
    char *place = str_printf("%s/series/%s", corpus, series->name);
    AUTO_FREE char *index_path = str_printf("%s/index.tsv", place);
    AUTO_FREE char *expected_path = str_printf("%s/expected.tsv", place);
    CLEANUP(bytes_deinit) struct bytes index = corpus_read(index_path);
    ret->expected = corpus_read(expected_path);
    for (const char *line = tsv_next_line(index.data); *line != '\0'; line = tsv_next_line(line)) {
        size_t n = number(line, 0);
        assert(n > 0 && n <= RECORDING_VERSIONS_MAX);
        tsv_column(line, 1, ret->names[n], sizeof(ret->names[n]));
        ret->n = n > ret->n ? n : ret->n;
    }
    ret->folder = series->is_packed ? unpack_versions(place) : strdup(place);
    free(place);
}

void recording_close(struct recording *recording)
{
    for (size_t i = 1; recording->is_temporary && i <= RECORDING_VERSIONS_MAX; i++) {
        if (recording->names[i][0] != '\0') {
            AUTO_FREE char *path = str_printf("%s/%s", recording->folder, recording->names[i]);
            (void)remove(path);
        }
    }
    if (recording->is_temporary) {
        (void)remove(recording->folder);
    }
    free(recording->folder);
    bytes_deinit(&recording->expected);
}

struct bytes recording_read(const struct recording *recording, size_t version)
{
    AUTO_FREE char *path = str_printf("%s/%s", recording->folder, recording->names[version]);
    return corpus_read(path);
}

bool recording_next(const struct recording *recording, const char **at, struct recording_step *ret)
{
    *at = tsv_next_line(*at == NULL ? recording->expected.data : *at);
    if (**at == '\0') {
        return false;
    }
    char verdict[16];
    tsv_column(*at, 2, verdict, sizeof(verdict));
    *ret = (struct recording_step){
        .from = number(*at, 0),
        .to = number(*at, 1),
        .is_usable = strcmp(verdict, "unusable") != 0,
        .is_event = strcmp(verdict, "event") == 0,
        .added = number(*at, 3),
        .removed = number(*at, 4),
        .edits = number(*at, 5) + number(*at, 6) + number(*at, 7) + number(*at, 8),
    };
    return true;
}
