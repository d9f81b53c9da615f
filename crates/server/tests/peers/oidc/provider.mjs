/**
 * An OpenID provider for tests: `oidc-provider` with its own pages for signing in, on a port that the system chooses.
 *
 * FAROL_URL is the console that it serves; PEOPLE names a JSON file, read at each sign-in, from login name to claims. Prints its issuer
 * on one line when it is ready, and ends with its input.
 */
import { readFileSync } from "node:fs";
import { createServer } from "node:http";

import { Provider } from "oidc-provider";

const farol = process.env.FAROL_URL;
const people = process.env.PEOPLE;

const server = createServer();
server.listen(0, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: "farol",
        client_secret: "a secret of the two of us",
        redirect_uris: [`${farol}/api/oidc/callback`],
        post_logout_redirect_uris: [`${farol}/sign-in`],
        response_types: ["code"],
        grant_types: ["authorization_code"],
      },
    ],
    cookies: { keys: ["for tests only"] },
    pkce: { required: () => true },
    scopes: ["openid", "profile", "email", "groups"],
    claims: {
      openid: ["sub"],
      profile: ["name", "locale"],
      email: ["email", "email_verified"],
      groups: ["groups"],
    },
    features: {
      devInteractions: { enabled: true },
      rpInitiatedLogout: { enabled: true },
    },
    findAccount: (_, id) => ({
      accountId: id,
      claims: () => ({
        sub: id,
        ...JSON.parse(readFileSync(people, "utf8"))[id],
      }),
    }),
  });
  server.on("request", provider.callback());
  process.stdout.write(`${issuer}\n`);
});

// Whoever started it holds the other end, and takes it along.
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
