"""Weather, earthquakes, exchange rates, vulnerabilities: public data without a key."""

from fake_server import Answer
from services.recipe import Recipe, as_json, now, trace, validated


class OpenMeteo(Recipe):
    variable = "OPEN_METEO_URL"
    source = "madrid"

    def mount(self, upstream):
        self.temperature = 21.4
        upstream.mount("/v1/forecast", self.answer)

    def answer(self, request):
        assert request.query["current"] == "temperature_2m,weather_code,wind_speed_10m"
        current = {
            "time": f"2026-01-01T12:{self.moved:02}",
            "interval": 900,
            "temperature_2m": self.temperature + 0.1 * (self.moved % 2),
            "weather_code": 3,
            "wind_speed_10m": 12.1 + self.moved % 3,
        }
        body = {
            "latitude": 40.4375,
            "longitude": -3.6875,
            "generationtime_ms": 0.03 + 0.001 * self.moved,
            "utc_offset_seconds": 0,
            "timezone": "GMT",
            "elevation": 651.0,
            "current_units": {"time": "iso8601", "temperature_2m": "°C"},
            "current": current,
        }
        return Answer(200, as_json(body).encode(), {"Content-Type": "application/json; charset=utf-8"})

    def news(self):
        self.temperature = 24.9
        return [("document.changed", None)]


class WeatherAlerts(Recipe):
    variable = "NWS_URL"
    source = "alerts"
    environment = {"CONTACT": "weather@example.com"}

    def mount(self, upstream):
        self.alerts = [1, 2, 3]
        upstream.mount("/alerts/active", self.answer)

    def _key(self, number):
        return f"https://api.weather.gov/alerts/urn:oid:2.49.0.1.840.0.{number:040x}.001.1"

    def _feature(self, number):
        return {
            "id": self._key(number),
            "type": "Feature",
            "geometry": None if self.moved % 2 else {"type": "Polygon", "coordinates": [[[0, 0]]]},
            "properties": {
                "@type": "wx:Alert",
                "id": self._key(number).rpartition("/")[2],
                "areaDesc": "Harris, TX",
                "geocode": {"SAME": ["048201"], "UGC": ["TXC201"][: 1 + self.moved]},
                "sent": "2026-01-01T06:00:00-06:00",
                "status": "Actual",
                "event": "Flood Warning",
                "severity": "Severe",
                "headline": f"Flood Warning number {number}",
                "references": [],
            },
        }

    def answer(self, request):
        assert request.query == {"area": "TX", "status": "actual"}
        assert request.headers["accept"] == "application/geo+json"
        if "weather@example.com" not in request.headers["user-agent"]:
            return Answer.json({"title": "Forbidden", "status": 403}, 403)
        order = self.alerts[::-1] if self.moved % 2 else self.alerts
        body = {
            "@context": ["https://geojson.org/geojson-ld/geojson-context.jsonld"],
            "type": "FeatureCollection",
            "features": [self._feature(number) for number in order],
            "title": "Current watches, warnings, and advisories for Texas",
            "updated": f"2026-01-01T12:{self.moved:02}:00+00:00",
        }
        fields = {
            "Content-Type": "application/geo+json",
            "Cache-Control": "public, max-age=30, s-maxage=30",
            "Last-Modified": now(),
            "X-Request-ID": trace(),
            "X-Correlation-Id": "3f1b2c4",
            "Vary": "Accept,Feature-Flags,Accept-Language",
        }
        return Answer(200, as_json(body).encode(), fields)

    def news(self):
        self.alerts = [3, 4]  # one ends and one is issued
        return [
            ("item.created", self._key(4)),
            ("item.deleted", self._key(1)),
            ("item.deleted", self._key(2)),
        ]


class Earthquakes(Recipe):
    variable = "USGS_URL"
    source = "quakes"

    def mount(self, upstream):
        self.quakes = {"us7000abcd": 4.6, "ci40123456": 1.09, "hv74012345": 1.88}
        upstream.mount("/earthquakes/feed/v1.0/summary/all_hour.geojson", self.answer)

    def answer(self, request):
        features = [
            {
                "type": "Feature",
                "properties": {
                    "mag": magnitude,
                    "place": "24 km E of Lake Isabella, CA",
                    "time": 1767225600000,
                    "updated": 1767225660000 + 1000 * self.moved,
                    "felt": self.moved or None,
                    "cdi": 2.2 if self.moved else None,
                    "status": "automatic",
                    "sig": 18 + self.moved,
                    "ids": f",{key}," + f"at00{self.moved}," * self.moved,
                    "sources": "," + "us," * (1 + self.moved),
                    "types": ",origin,phase-data," + "dyfi," * self.moved,
                    "title": f"M {magnitude} - 24 km E of Lake Isabella, CA",
                },
                "geometry": {"type": "Point", "coordinates": [-118.2046667, 35.6175, 4.52]},
                "id": key,
            }
            for key, magnitude in self.quakes.items()
        ]
        body = {
            "type": "FeatureCollection",
            "metadata": {
                "generated": 1767225700000 + self.moved,
                "title": "USGS All Earthquakes, Past Hour",
                "status": 200,
                "api": "1.14.1",
                "count": len(features),
            },
            "features": features,
        }
        fields = {
            "Content-Type": "application/json; charset=utf-8",
            "Cache-Control": "public, max-age=60",
            "Last-Modified": now(),
            "Access-Control-Allow-Origin": "*",
        }
        return Answer(200, as_json(body).encode(), fields)

    def news(self):
        del self.quakes["hv74012345"]  # an hour old
        self.quakes = {"nc75123456": 3.1, **self.quakes, "us7000abcd": 4.8}
        return [("item.created", "nc75123456"), ("item.updated", "us7000abcd")]


class EuroRates(Recipe):
    variable = "ECB_URL"
    source = "rates"

    def mount(self, upstream):
        self.day = "2026-01-02"
        self.rates = {"USD": "1.1750", "JPY": "184.09", "GBP": "0.87260", "CHF": "0.9314"}
        upstream.mount("/stats/eurofxref/eurofxref-daily.xml", self.answer)

    def answer(self, request):
        cubes = "\n".join(
            f"\t\t\t<Cube currency='{name}' rate='{rate}'/>" for name, rate in self.rates.items()
        )
        body = f"""<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" \
xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
\t<gesmes:subject>Reference rates</gesmes:subject>
\t<gesmes:Sender>
\t\t<gesmes:name>European Central Bank</gesmes:name>
\t</gesmes:Sender>
\t<Cube>
\t\t<Cube time='{self.day}'>
{cubes}
\t\t</Cube>
\t</Cube>
</gesmes:Envelope>
"""
        fields = {
            "Content-Type": "text/xml",
            "Last-Modified": now(),
            "Cache-Control": "max-age=300",
            "Strict-Transport-Security": "max-age=31536000",
        }
        return validated(request, body, fields, '"{}"')

    def noise(self):
        super().noise()
        self.day = f"2026-01-{2 + self.moved:02}"  # a holiday: the same rates under another day
        self.rates = dict(reversed(self.rates.items()))

    def news(self):
        self.rates["USD"] = "1.1802"
        return [("item.updated", "USD")]


class KnownVulnerabilities(Recipe):
    variable = "CISA_URL"
    source = "exploited"

    def mount(self, upstream):
        self.rows = [self._row(number) for number in range(1, 60)]
        upstream.mount(
            "/sites/default/files/csv/known_exploited_vulnerabilities.csv", self.answer
        )

    def _row(self, number, ransomware="Unknown"):
        return (
            f"CVE-2025-{number:05},Vendor,Product,A name,2025-12-30,"
            f'"A text, with a comma and a ""quote"".",Apply mitigations,2026-01-20,{ransomware},'
            f"https://example.com/{number}{{noise}},CWE-79"
        )

    def answer(self, request):
        head = (
            "cveID,vendorProject,product,vulnerabilityName,dateAdded,shortDescription,"
            "requiredAction,dueDate,knownRansomwareCampaignUse,notes,cwes"
        )
        rows = [row.format(noise=" " * self.moved) for row in self.rows]
        fields = {
            "Content-Type": "text/csv",
            "Last-Modified": now(),
            "Cache-Control": "max-age=600",
        }
        return validated(request, "\r\n".join([head, *rows, ""]), fields, '"{}"')

    def news(self):
        self.rows[7] = self._row(8, "Known")
        self.rows.insert(0, self._row(99))
        return [("item.created", "CVE-2025-00099"), ("item.updated", "CVE-2025-00008")]
