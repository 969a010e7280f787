"""Tests of simgate.py against a running gateway.

    SIMGATE_ADDRESS=http://127.0.0.1:8080 SIMGATE_KEY=simgate_… python3 test_simgate.py

The key needs the scopes sms.send, otp.send, otp.check, otp.custom, read and inbox.
"""

import http.server
import json
import os
import threading
import time
import unittest

import simgate
from simgate import Client, SimgateError, Unreachable, verify_webhook

ADDRESS, KEY = os.environ["SIMGATE_ADDRESS"], os.environ["SIMGATE_KEY"]
ANNA, BERT, CARLA = "+4915112345678", "+4915112345679", "+4915112345670"


class Messages(unittest.TestCase):
    def setUp(self):
        self.sms = Client(ADDRESS, KEY)

    def test_send(self):
        m = self.sms.send(ANNA, "Your order is ready", custom_id="order-17", priority="urgent")
        self.assertEqual((m["to"], m["custom_id"], m["priority"]), (ANNA, "order-17", "urgent"))
        again = self.sms.message(m["id"])
        self.assertEqual(again["timeline"][0]["what"], "accepted")
        self.assertNotEqual(self.sms.send(ANNA, "twice")["id"], self.sms.send(ANNA, "twice")["id"])
        once = [self.sms.send(ANNA, "once", once="order-18")["id"] for _ in range(2)]
        self.assertEqual(once[0], once[1])

    def test_many(self):
        came = self.sms.send_many([BERT, "nobody", BERT], "We open at nine")
        self.assertEqual(came[0]["id"], came[2]["id"])
        self.assertEqual(came[1]["error"]["code"], "invalid")
        self.assertEqual(self.sms.send_many(["nobody"], "hi")[0]["error"]["field"], "to")

    def test_pages(self):
        ids = [self.sms.send(CARLA, "page %d" % n)["id"] for n in range(5)]
        found = [m["id"] for m in self.sms.messages(to=CARLA, limit=2)]
        self.assertEqual(found, sorted(ids, reverse=True))

    def test_later(self):
        m = self.sms.send(ANNA, "later", not_before=time.strftime("%Y-%m-%dT%H:%M", time.gmtime(time.time() + 7200)), time_zone="UTC")
        self.assertEqual(self.sms.edit(m["id"], text="much later")["text"], "much later")
        self.assertEqual(self.sms.cancel(m["id"])["state"], "cancelled")

    def test_rehearsal(self):
        r = self.sms.rehearse(ANNA, "Olá “471”")
        self.assertTrue(r["allowed"])
        self.assertEqual(r["alphabet"], "ucs2")

    def test_refusals(self):
        with self.assertRaises(SimgateError) as e:
            self.sms.send("nobody", "hi")
        self.assertEqual((e.exception.status, e.exception.code, e.exception.field), (400, "invalid", "to"))
        self.assertIn("number", str(e.exception))
        with self.assertRaises(SimgateError) as e:
            Client(ADDRESS, "wrong").send(ANNA, "hi")
        self.assertEqual((e.exception.status, e.exception.code), (401, "unauthenticated"))
        with self.assertRaises(SimgateError) as e:
            self.sms.message(10**9)
        self.assertEqual(e.exception.code, "not_found")

    def test_opt_out(self):
        self.sms.opt_out("+4915112345671")
        self.assertEqual([o["number"] for o in self.sms.opt_outs(number="+4915112345671")], ["+4915112345671"])
        with self.assertRaises(SimgateError) as e:
            self.sms.send("+4915112345671", "News!")
        self.assertEqual(e.exception.reason, "opted_out")

    def test_inbox(self):
        self.assertIsInstance(self.sms.inbox(limit=1), list)

    def test_events(self):
        events = self.sms.events(kind="message", to="+4915112345672", after=0)
        sent = self.sms.send("+4915112345672", "hello")
        event = next(events)
        self.assertEqual((event["kind"], event["message"]["id"]), ("message.queued", sent["id"]))
        events.close()


class Codes(unittest.TestCase):
    def test_code(self):
        sms = Client(ADDRESS, KEY)
        v = sms.start_verification(ANNA, brand="My shop", code="471902", purpose="login")
        self.assertEqual(v["state"], "pending")
        self.assertFalse(sms.check_verification(ANNA, "000000", purpose="login"))
        self.assertTrue(sms.check_verification(ANNA, "471902", purpose="login"))
        self.assertEqual(sms.verification(v["id"])["state"], "verified")
        v = sms.start_verification(channel="mo", brand="My shop")
        self.assertTrue(v["mo"]["text"].startswith("SG ") and v["mo"]["link"].startswith("sms:+"))
        v = sms.start_verification(BERT, purpose="pay")
        self.assertEqual(sms.cancel_verification(v["id"])["state"], "cancelled")


class Webhook(unittest.TestCase):
    # The example of the specification of Standard Webhooks.
    SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    HEADERS = {"Webhook-Id": "msg_p5jXN8AQM9LWM0D4loKWxJek", "Webhook-Timestamp": "1614265330",
               "Webhook-Signature": "v1,bad= v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="}
    BODY = b'{"test": 2432232314}'

    def test_signature(self):
        self.assertEqual(verify_webhook(self.SECRET, self.HEADERS, self.BODY, now=1614265330), {"test": 2432232314})
        for secret, headers, body, now in [
            (self.SECRET, self.HEADERS, b'{"test": 1}', 1614265330),
            ("whsec_AAAA", self.HEADERS, self.BODY, 1614265330),
            (self.SECRET, self.HEADERS, self.BODY, 1614266330),
            (self.SECRET, {}, self.BODY, 1614265330),
        ]:
            with self.assertRaises(ValueError):
                verify_webhook(secret, headers, body, now=now)


class Road(http.server.BaseHTTPRequestHandler):
    """Answers as it is told, and remembers what it was asked."""

    todo, keys = [], []

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.keys.append(self.headers.get("Idempotency-Key"))
        status, headers = self.todo.pop(0)
        if status == 0:  # the answer is lost
            self.close_connection = True
            return
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        body = json.dumps({"id": 7} if status < 300 else {"code": "x", "detail": "no"}).encode()
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_PATCH = do_POST

    def log_message(self, *_):
        pass


class Retries(unittest.TestCase):
    def setUp(self):
        self.server = http.server.HTTPServer(("127.0.0.1", 0), Road)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.sms = Client("http://127.0.0.1:%d" % self.server.server_port, "key")
        self.pause, simgate._pause = simgate._pause, lambda n: 0
        Road.todo, Road.keys = [], []

    def tearDown(self):
        simgate._pause = self.pause
        self.server.shutdown()
        self.server.server_close()

    def test_lost(self):
        Road.todo = [(0, {}), (503, {}), (409, {}), (202, {})]
        Road.keys.clear()
        self.assertEqual(self.sms.send(ANNA, "hi")["id"], 7)
        self.assertEqual((len(Road.keys), len(set(Road.keys))), (4, 1))

    def test_given_up(self):
        for todo, tries, error in [([(0, {})] * 4, 4, Unreachable), ([(429, {"Retry-After": "3600"})], 1, SimgateError),
                                   ([(409, {})], 1, SimgateError), ([(500, {})], 1, SimgateError)]:
            Road.todo = list(todo)
            Road.keys.clear()
            with self.assertRaises(error):
                self.sms.send(ANNA, "hi", once="order-19")
            self.assertEqual(Road.keys, ["order-19"] * tries)
        Road.todo = [(0, {})]  # nobody can know whether it was done
        with self.assertRaises(Unreachable):
            self.sms.edit(1, text="x")

    def test_nobody(self):
        with self.assertRaises(Unreachable):
            Client("http://127.0.0.1:1", "key").send(ANNA, "hi")


if __name__ == "__main__":
    unittest.main()
