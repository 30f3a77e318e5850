// An OpenID Connect provider on a port of this machine. Its login page asks for a name only.
// Arguments: port, redirect address, address after a logout.
import { Provider } from "oidc-provider";

const [port, redirect, afterLogout] = process.argv.slice(2);

// "sri mfa": sri, who also gave a second factor. "": the person cancels.
function resultOf(name) {
  const [accountId, factor] = name.split(" ");
  if (!accountId) return { error: "access_denied" };
  return { login: { accountId, amr: ["pwd", ...(factor ? [factor] : [])] } };
}

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [
    {
      client_id: "portal",
      client_secret: "rahasia",
      redirect_uris: [redirect],
      post_logout_redirect_uris: [afterLogout],
    },
  ],
  claims: { openid: ["sub", "amr", "auth_time"] },
  cookies: { keys: ["of the tests"] },
  features: { devInteractions: { enabled: false } },
  findAccount: (ctx, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
  interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
  // Without a page that asks for consent: the city's provider trusts the city's portal.
  async loadExistingGrant(ctx) {
    const { client, session, provider } = ctx.oidc;
    const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
    grant.addOIDCScope("openid");
    await grant.save();
    return grant;
  },
});

provider.use(async (ctx, next) => {
  if (ctx.path === "/favicon.ico") return (ctx.status = 204); // browsers complain without one
  if (!ctx.path.startsWith("/interaction/")) return next();
  if (ctx.method === "GET") {
    ctx.type = "html";
    ctx.body = '<form method="post"><label>Name <input name="name"></label><button>Go</button></form>';
    return;
  }
  let body = "";
  for await (const part of ctx.req) body += part;
  const result = resultOf(new URLSearchParams(body).get("name"));
  await provider.interactionFinished(ctx.req, ctx.res, result);
  ctx.respond = false;
});

provider.listen(Number(port), "127.0.0.1");
