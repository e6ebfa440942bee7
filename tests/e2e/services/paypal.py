"""Payments in the shape of PayPal's v1 API: client credentials, a list of the latest, HATEOAS
links, and an update_time that moves without anything having happened."""

import itertools
import threading
import time

from fake_server import Answer


class PayPal:
    PAGE_MAX = 20

    def __init__(self, upstream, basic):
        self.basic = basic
        self.list_is_down = None
        self._lock = threading.Lock()
        self._payments = []  # the newest first
        self._serial = itertools.count(1)
        self._token = "A21AAFexampletokenofpaypal"
        upstream.mount("/v1/oauth2/token", self.token)
        upstream.mount("/v1/payments/payment", self.list_payments)

    def pay(self, total, state="completed"):
        """A new payment; returns its id."""
        with self._lock:
            key = f"PAYID-L{next(self._serial):06d}"
            self._payments.insert(0, {"id": key, "total": total, "state": state})
            return key

    def settle(self, key, state):
        with self._lock:
            next(payment for payment in self._payments if payment["id"] == key)["state"] = state

    def token(self, request):
        if request.headers.get("authorization") != "Basic " + self.basic:
            return Answer.json({"error": "invalid_client"}, 401)
        if request.body != b"grant_type=client_credentials":
            return Answer.json({"error": "unsupported_grant_type"}, 400)
        return Answer.json(
            {
                "scope": "https://uri.paypal.com/services/payments/payment",
                "access_token": self._token,
                "token_type": "Bearer",
                "app_id": "APP-80W284485P519543T",
                "expires_in": 31668,
                "nonce": str(time.time()),
            }
        )

    @staticmethod
    def _show(payment):
        sale = {
            "id": payment["id"].replace("PAYID-", "SALE-"),
            "state": payment["state"],
            "amount": {"total": payment["total"], "currency": "EUR"},
            "parent_payment": payment["id"],
        }
        link = f"/v1/payments/payment/{payment['id']}?{time.time()}"
        return {
            "id": payment["id"],
            "intent": "sale",
            "state": "created" if payment["state"] == "created" else "approved",
            "create_time": "2026-01-01T10:00:00Z",
            "update_time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "transactions": [
                {
                    "amount": {"total": payment["total"], "currency": "EUR"},
                    "related_resources": [] if payment["state"] == "created" else [{"sale": sale}],
                }
            ],
            "links": [{"href": link, "rel": "self"}],
        }

    def list_payments(self, request):
        if request.headers.get("authorization") != "Bearer " + self._token:
            return Answer.json({"name": "AUTHENTICATION_FAILURE"}, 401)
        if self.list_is_down:
            return self.list_is_down
        count = min(int(request.query.get("count", 10)), self.PAGE_MAX)
        with self._lock:
            shown = [self._show(payment) for payment in self._payments[:count]]
        return Answer.json({"payments": shown, "count": len(shown)}, paypal_debug_id="a1b2c3d4")
