"""A client of the native API of simgate: messages and one-time codes by your own SIM.

It is this one file and needs nothing but Python 3.9: copy it into your project.

    from simgate import Client

    sms = Client("https://gateway.local:8443", "simgate_…", ca="simgate-root.pem")
    sms.send("+4915112345678", "Your order is ready", once="order-17-ready")

    sms.start_verification("+4915112345678", brand="My shop")
    if sms.check_verification("+4915112345678", "471902"):
        ...

A request whose answer is lost is made again, and nothing goes out twice: each that sends has
an Idempotency-Key. Give your own with once= where your program may do the same again after a
crash. What the gateway refuses is a SimgateError; what it says of it is in there.
"""

import base64
import email.utils
import hashlib
import hmac
import http.client
import json
import random
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

__all__ = ["Client", "SimgateError", "Unreachable", "verify_webhook"]


class SimgateError(Exception):
    """The gateway has refused a request. For programs: status, code, reason and field."""

    def __init__(self, status, problem, retry_after=None):
        self.status = status
        self.code = problem.get("code", "")  # such as invalid, forbidden, rate_limited
        self.reason = problem.get("reason", "")  # such as opted_out, limit_number
        self.field = problem.get("field", "")
        self.detail = problem.get("detail") or "the gateway answered %d" % status
        self.retry_after = retry_after  # seconds, None where it does not say
        self.problem = problem
        super().__init__(self.detail)


class Unreachable(Exception):
    """No answer came, however often it was tried."""


class Client:
    """A gateway, as an app with a key sees it. It may be used by several threads."""

    def __init__(self, address, key, ca=None, timeout=30.0, tries=4):
        """address is such as http://127.0.0.1:8080; ca is a file with the root of its
        certificates, which it serves at /ca; timeout is in seconds, of each try."""
        self._address = address.rstrip("/")
        self._key = key
        self._timeout = timeout
        self._tries = max(1, tries)
        self._tls = ssl.create_default_context(cafile=ca) if ca else None

    # Messages

    def send(self, to, text, once=None, wait=None, **options):
        """Send a message and return it. options are the fields of POST /v1/messages, such as
        priority="bulk", not_before="2026-12-24T18:00", time_zone="Europe/Berlin". With wait
        the answer comes when the network has the message, within so many seconds (30)."""
        path = "/v1/messages" + ("?wait=%d" % wait if wait else "")
        return self._post(path, {"to": to, "text": text, **options}, once or True, (wait or 0))

    def send_many(self, to, text, once=None, **options):
        """Send one text to many numbers, and return what came of each, in their order: a
        dict with id and state, or with error."""
        answer = self._post("/v1/messages", {"to": list(to), "text": text, **options}, once or True)
        return answer["messages"]

    def rehearse(self, to, text, **options):
        """Say what would come of a message, without sending it."""
        return self._post("/v1/messages", {"to": to, "text": text, "dry_run": True, **options})

    def message(self, id):
        """Return a message with its parts and its timeline."""
        return self._get("/v1/messages/%d" % id)

    def messages(self, **filters):
        """Yield messages, newest first: all that the filters to, state, line, text, since and
        until select, page by page."""
        path = "/v1/messages" + _query(filters)
        while path:
            page, headers = self._call("GET", path)
            yield from page
            path = _next(headers.get("Link", ""))

    def edit(self, id, **changes):
        """Change a message that waits: text, priority, not_before, expires_at."""
        return self._call("PATCH", "/v1/messages/%d" % id, changes)[0]

    def cancel(self, id):
        """Take a message that waits out of the queue."""
        return self._call("DELETE", "/v1/messages/%d" % id)[0]

    # Codes

    def start_verification(self, to=None, once=None, **options):
        """Send a code to a number. options are the fields of POST /v1/verifications, such as
        brand, locale="auto", workflow="sms:60s,voice", purpose, client_ip. With channel="mo"
        the person sends a text instead: the answer has it in "mo". Without a number it is that
        of who sends it."""
        if to is not None:
            options["to"] = to
        return self._post("/v1/verifications", options, once or True)

    def check_verification(self, to, code, **options):
        """Report whether a code is the one that was sent to a number. It is spent by that."""
        return self._post("/v1/verifications/check", {"to": to, "code": code, **options})["verified"]

    def verification(self, id):
        """Return a verification with its attempts."""
        return self._get("/v1/verifications/" + urllib.parse.quote(id, safe=""))

    def cancel_verification(self, id):
        """End a verification: its code is not valid any more."""
        return self._call("DELETE", "/v1/verifications/" + urllib.parse.quote(id, safe=""))[0]

    # Calls

    def call(self, to, text, once=None, **options):
        """Call a number and say a text."""
        return self._post("/v1/calls", {"to": to, "text": text, **options}, once or True)

    # What comes in

    def inbox(self, **filters):
        """Return what came in, newest first; with after= and wait= what comes next."""
        return self._get("/v1/inbox" + _query(filters), filters.get("wait", 0))

    def events(self, after=None, **filters):
        """Yield what happens, as it happens, for ever: a dict with id, kind, at and the object
        that the kind names. It goes on by itself after a break; with after= it begins behind
        an event that you have seen, at most 7 days back. Filters are kind, to, line and app."""
        pauses = 0
        while True:
            try:
                for event in self._stream("/v1/events" + _query(filters), after):
                    after, pauses = event["id"], 0
                    yield event
            except SimgateError as e:
                if e.status not in _RETRIED:
                    raise
            except _BROKEN:
                pass
            time.sleep(_pause(pauses))
            pauses = min(pauses + 1, 5)

    # Who wants no more messages

    def opt_out(self, number):
        """Have a number get no more messages, but for codes: the link to unsubscribe."""
        return self._post("/v1/optouts", {"number": number})

    def opt_outs(self, **filters):
        """Return the numbers that get no messages."""
        return self._get("/v1/optouts" + _query(filters))

    # How it is done

    def _get(self, path, wait=0):
        return self._call("GET", path, wait=wait)[0]

    def _post(self, path, content, once=None, wait=0):
        key = str(uuid.uuid4()) if once is True else once
        return self._call("POST", path, content, key, wait)[0]

    def _request(self, method, path, content=None, once=None):
        headers = {"Authorization": "Bearer " + self._key, "Accept": "application/json"}
        body = None
        if content is not None:
            body = json.dumps(content).encode()
            headers["Content-Type"] = "application/json"
        if once:
            headers["Idempotency-Key"] = once
        return urllib.request.Request(self._address + path, body, headers, method=method)

    def _call(self, method, path, content=None, once=None, wait=0):
        """Make a request until it is answered; return the object and the headers."""
        lost = False  # a try may have been carried out
        for n in range(self._tries):
            last = n + 1 == self._tries
            try:
                return self._try(self._request(method, path, content, once), wait)
            except SimgateError as e:
                handled = e.status == 409 and lost and once  # the first try still is
                if last or not (e.status in _RETRIED or handled) or (e.retry_after or 0) > _LONGEST:
                    raise
                pause = max(_pause(n), e.retry_after or 0)
            except _BROKEN as e:
                lost = True
                repeatable = once or method in ("GET", "DELETE") or _refused(e)
                if last or not repeatable:
                    raise Unreachable("%s does not answer: %s" % (self._address, e)) from e
                pause = _pause(n)
            time.sleep(pause)

    def _try(self, request, wait):
        try:
            with urllib.request.urlopen(request, timeout=self._timeout + wait, context=self._tls) as answer:
                return json.loads(answer.read() or "null"), answer.headers
        except urllib.error.HTTPError as e:
            with e:
                raw = e.read()
            if e.code == 422 and e.headers.get_content_type() == "application/json":
                return json.loads(raw), e.headers  # to many numbers, none of which was accepted
            raise _error(e, raw) from None

    def _stream(self, path, after):
        request = self._request("GET", path)
        request.add_header("Accept", "text/event-stream")
        if after is not None:
            request.add_header("Last-Event-ID", str(after))
        try:
            answer = urllib.request.urlopen(request, timeout=60, context=self._tls)  # it beats every 15 s
        except urllib.error.HTTPError as e:
            with e:
                raise _error(e, e.read()) from None
        with answer:
            data = []
            for line in answer:
                line = line.decode().rstrip("\r\n")
                if line.startswith("data:"):
                    data.append(line[5:].strip())
                elif not line and data:
                    event, data = json.loads("\n".join(data)), []
                    if "id" in event and "kind" in event:
                        yield event


_RETRIED = (429, 502, 503, 504, 507)
_LONGEST = 20  # seconds that a request waits for its next try
_BROKEN = (urllib.error.URLError, http.client.HTTPException, ConnectionError, TimeoutError, OSError)


def _pause(n):
    return min(0.25 * 2**n, 5) * (1 + random.random() / 4)


def _refused(e):
    """Whether nobody has read the request."""
    return isinstance(getattr(e, "reason", e), ConnectionRefusedError)


def _error(e, raw):
    try:
        problem = json.loads(raw)
    except ValueError:
        problem = {}
    after = e.headers.get("Retry-After", "")
    return SimgateError(e.code, problem if isinstance(problem, dict) else {}, int(after) if after.isdigit() else None)


def _query(filters):
    chosen = {name: value for name, value in filters.items() if value is not None}
    return "?" + urllib.parse.urlencode(chosen, doseq=True) if chosen else ""


def _next(link):
    """The address of the next page, that a header Link names."""
    for part in link.split(","):
        target, _, rest = part.partition(";")
        if 'rel="next"' in rest:
            return target.strip()[1:-1]
    return None


def verify_webhook(secret, headers, body, tolerance=300, now=None):
    """Return the news in a delivery to your webhook, or raise ValueError: the signature is not
    of this secret, or the delivery is older than tolerance seconds. headers is a mapping, body
    the bytes as they came. Remember headers["webhook-id"]: a delivery may come twice."""
    named = {name.lower(): value for name, value in headers.items()}
    try:
        id, sent, signatures = named["webhook-id"], named["webhook-timestamp"], named["webhook-signature"]
        at = int(sent)
    except (KeyError, ValueError):
        raise ValueError("this is no delivery of simgate: its headers are missing") from None
    if abs((time.time() if now is None else now) - at) > tolerance:
        raise ValueError("the delivery is of %s: too old, or one of the clocks is wrong" % email.utils.formatdate(at))
    if isinstance(body, str):
        body = body.encode()
    key = base64.b64decode(secret[len("whsec_"):] if secret.startswith("whsec_") else secret)
    signed = hmac.new(key, b"%s.%s." % (id.encode(), sent.encode()) + body, hashlib.sha256).digest()
    for signature in signatures.split():
        version, _, given = signature.partition(",")
        if version == "v1" and hmac.compare_digest(base64.b64encode(signed).decode(), given):
            return json.loads(body)
    raise ValueError("the signature is wrong: the delivery is not from simgate, or the secret is another")
