"""A receiver of webhooks for the tests: verifies what it is told with the independent library `standardwebhooks`.

Takes its settings as one JSON object: `port`, and `certificate` and `key` for https. Prints one JSON object a line: first the port it
listens at, then what it is told. The path says what it answers:

- `/later` 500 once for each time that `later` is counted in the settings, then 204
- `/busy` 503 with `Retry-After: 600` the first time, then 204
- `/gone` 410, `/elsewhere` 302, `/chatty` 500 with a long answer
- `/held` 204, but only after `{"release": true}` on standard input
- everything else 204

`{"secrets": […], "now": seconds}` on standard input says with which secrets it verifies, and what time it is.
"""

import json
import ssl
import sys
import threading
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks import webhooks

settings = json.loads(sys.argv[1])
lock = threading.Lock()
release = threading.Semaphore(0)
state = {"secrets": [], "now": None, "later": settings.get("later", 1), "busy": 1}


class Clock(datetime):
    """The library's clock: the test's."""

    @classmethod
    def now(cls, tz=None):
        if state["now"] is None:
            return datetime.now(tz)
        return datetime.fromtimestamp(state["now"], tz=tz or timezone.utc)


webhooks.datetime = Clock


def say(**what):
    with lock:
        print(json.dumps(what), flush=True)


def verifies(secret, body, headers):
    try:
        webhooks.Webhook(secret).verify(body, headers)
        return True
    except webhooks.WebhookVerificationError:
        return False


class Receiver(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        headers = {name.lower(): value for name, value in self.headers.items()}
        say(
            event="told",
            path=self.path,
            headers=headers,
            body=json.loads(body),
            verified=[verifies(secret, body, headers) for secret in state["secrets"]],
            forged=[verifies(secret, body + " ", headers) for secret in state["secrets"]],
        )
        self.answer()

    def answer(self):
        more, text, status = {}, b"", 204
        if self.path == "/later" and state["later"] > 0:
            state["later"] -= 1
            status, text = 500, b"not now"
        elif self.path == "/busy" and state["busy"] > 0:
            state["busy"] -= 1
            status, more = 503, {"retry-after": "600"}
        elif self.path == "/gone":
            status = 410
        elif self.path == "/elsewhere":
            status, more = 302, {"location": "/hook"}
        elif self.path == "/chatty":
            status, text = 500, b"\x1b[31mno\x00 " + b"x" * 100_000
        elif self.path == "/held":
            release.acquire()
        try:
            self.send_response(status)
            for name, value in more.items():
                self.send_header(name, value)
            if status != 204:
                self.send_header("content-length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)
        except OSError:
            # Whoever asked read the beginning and left, or stopped meanwhile.
            self.close_connection = True

    def log_message(self, *_):
        pass


def listen():
    for line in sys.stdin:
        said = json.loads(line)
        if said.pop("release", False):
            release.release()
        state.update(said)
        say(event="heard")


server = ThreadingHTTPServer(("127.0.0.1", settings.get("port", 0)), Receiver)
if "certificate" in settings:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(settings["certificate"], settings["key"])
    # The handshake is the connection's own business, not that of whoever accepts.
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
threading.Thread(target=listen, daemon=True).start()
say(event="ready", port=server.server_address[1])
server.serve_forever()
