// A real OpenID provider for the tests: people sign in with any name that it knows, whatever the password.
// Arguments: its port, and the gateway's origin. It writes a line once it answers, and ends when its input does.
import { Provider } from "oidc-provider";
import { exportJWK, generateKeyPair } from "jose";

const [port, gateway] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;

const PEOPLE = {
  manager: { email: "manager@north.example", email_verified: true },
  reader: { email: "reader@north.example", email_verified: true },
  unverified: { email: "user@north.example", email_verified: false },
  stranger: { email: "stranger@north.example", email_verified: true },
  rival: { email: "manager@south.example", email_verified: true },
};

const { privateKey } = await generateKeyPair("ES256", { extractable: true });
const key = { ...(await exportJWK(privateKey)), alg: "ES256", use: "sig" };

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: "portal",
      client_secret: "portal-secret:+%",
      redirect_uris: [`${gateway}/sign-in/callback/1`],
      post_logout_redirect_uris: [`${gateway}/sign-out`],
      backchannel_logout_uri: `${gateway}/sign-out/backchannel/1`,
      backchannel_logout_session_required: true,
      id_token_signed_response_alg: "ES256",
    },
  ],
  jwks: { keys: [key] },
  cookies: { keys: ["of a provider that lives as long as a test"] },
  claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
  conformIdTokenClaims: false, // the id token says what was asked for, as most providers have it
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, name: id, ...PEOPLE[id] }) }),
  // Its own guard against calling local addresses is in the way of tests, where all addresses are local.
  fetch: (url, { dispatcher, ...options }) => globalThis.fetch(url, options),
  features: { backchannelLogout: { enabled: true }, devInteractions: { enabled: true } },
});

provider.listen(Number(port), "127.0.0.1", () => console.log("ready"));
process.stdin.resume().on("end", () => process.exit(0));
