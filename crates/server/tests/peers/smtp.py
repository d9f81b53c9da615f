"""A real mail server for the tests: aiosmtpd, with STARTTLS, TLS and AUTH.

Takes its settings as one JSON object; prints one JSON object a line: first the port it listens at, then each mail it takes and each
attempt to sign in. The recipient says what happens:

- `later@…` is refused with 451 once for each time that `later` is counted in the settings
- `nobody@…` is refused with 550, with control characters in the words
- `never@…` is taken, but its message is refused with 554
- `held@…` is taken, but the answer comes only after a line on standard input
"""

import asyncio
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult


def say(**what):
    print(json.dumps(what), flush=True)


class Handler:
    def __init__(self, settings):
        self.later = settings.get("later", 1)
        self.sender = settings.get("sender")

    async def handle_MAIL(self, server, session, envelope, address, options):
        if self.sender and address != self.sender:
            return "553 5.7.1 this sender is not yours"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        name = address.split("@")[0]
        if name == "later" and self.later > 0:
            self.later -= 1
            return "451 4.7.1 come back later"
        if name == "nobody":
            return "550 5.1.1 \x1b[31mno such mailbox here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        data = envelope.content.decode("utf-8", "replace")
        names = [address.split("@")[0] for address in envelope.rcpt_tos]
        mail = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "data": data,
            "tls": session.ssl is not None,
            "user": session.auth_data,
            "hello": session.host_name,
        }
        if "never" in names:
            return "554 5.7.1 this looks like nothing that anybody wants"
        say(event="mail", **mail)
        if "held" in names:
            await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
        return "250 OK"


async def main():
    settings = json.loads(sys.argv[1])

    def authenticate(server, session, envelope, mechanism, data):
        user, password = data.login.decode(), data.password.decode()
        fine = (user, password) == (settings["user"], settings["password"])
        say(event="auth", mechanism=mechanism, fine=fine)
        return AuthResult(success=fine, handled=False, auth_data=user)

    context = None
    if settings["security"] != "none":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(settings["certificate"], settings["key"])
    starttls = settings["security"] == "starttls"
    handler = Handler(settings)

    def protocol():
        return SMTP(
            handler,
            tls_context=context if starttls else None,
            require_starttls=starttls,
            auth_required="user" in settings,
            auth_require_tls=starttls,
            auth_exclude_mechanism=settings.get("without", []),
            authenticator=authenticate if "user" in settings else None,
            enable_SMTPUTF8=True,
        )

    server = await asyncio.get_running_loop().create_server(
        protocol, "127.0.0.1", settings.get("port", 0), ssl=context if settings["security"] == "tls" else None
    )
    say(event="ready", port=server.sockets[0].getsockname()[1])
    await server.serve_forever()


asyncio.run(main())
