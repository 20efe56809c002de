/**
 * Signing in at the portal's OpenID provider: authorization code with PKCE, as a public client (RFC 7636, RFC 9700).
 * The token is kept for this browser tab alone; what is needed on the way back is, too, and removed once it was used.
 */
import * as oauth from "oauth4webapi";

const CLIENT: oauth.Client = { client_id: "portal-dashboard" };
const SCOPE = "openid profile portal";
const TOKEN = "dashboard.token";
const PENDING = "dashboard.pending";
/** The demo runs on this machine without TLS. Anywhere else an address without TLS is refused. */
const LOCAL = ["127.0.0.1", "localhost"].includes(location.hostname);
const OPTIONS = { [oauth.allowInsecureRequests]: LOCAL };

interface Pending {
  readonly verifier: string;
  readonly state: string;
  readonly nonce: string;
}

const address = (): string => `${location.origin}/dashboard/`;

export function currentToken(): string | null {
  return sessionStorage.getItem(TOKEN);
}

export function forgetToken(): void {
  sessionStorage.removeItem(TOKEN);
}

async function provider(): Promise<oauth.AuthorizationServer> {
  const issuer = new URL(location.origin);
  const answer = await oauth.discoveryRequest(issuer, OPTIONS);
  return oauth.processDiscoveryResponse(issuer, answer);
}

/** Leaves this page for the provider's. */
export async function signIn(): Promise<void> {
  const server = await provider();
  const pending: Pending = {
    verifier: oauth.generateRandomCodeVerifier(),
    state: oauth.generateRandomState(),
    nonce: oauth.generateRandomNonce(),
  };
  sessionStorage.setItem(PENDING, JSON.stringify(pending));
  const url = new URL(server.authorization_endpoint ?? "");
  url.search = new URLSearchParams({
    client_id: CLIENT.client_id,
    redirect_uri: address(),
    response_type: "code",
    scope: SCOPE,
    state: pending.state,
    nonce: pending.nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(pending.verifier),
    code_challenge_method: "S256",
  }).toString();
  location.assign(url);
}

/** Where the provider has sent the browser back: exchanges the code. Throws where it is not the answer to our question. */
export async function finishSignIn(): Promise<void> {
  const here = new URL(location.href);
  const kept = sessionStorage.getItem(PENDING);
  if (!(here.searchParams.has("code") || here.searchParams.has("error")) || kept === null) return;
  sessionStorage.removeItem(PENDING);
  history.replaceState(null, "", address());
  const pending = JSON.parse(kept) as Pending;
  const server = await provider();
  const parameters = oauth.validateAuthResponse(server, CLIENT, here, pending.state);
  const answer = await oauth.authorizationCodeGrantRequest(
    server,
    CLIENT,
    oauth.None(),
    parameters,
    address(),
    pending.verifier,
    OPTIONS,
  );
  const tokens = await oauth.processAuthorizationCodeResponse(server, CLIENT, answer, {
    expectedNonce: pending.nonce,
    requireIdToken: true,
  });
  sessionStorage.setItem(TOKEN, tokens.access_token);
}

/** The token ends at the provider, and here. */
export async function signOut(): Promise<void> {
  const token = currentToken();
  forgetToken();
  if (token !== null) await oauth.revocationRequest(await provider(), CLIENT, oauth.None(), token, OPTIONS);
  location.assign(address());
}
