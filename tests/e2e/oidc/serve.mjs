// oidc-provider as it comes, with rotation of refresh tokens, and an API that its tokens open.
// Usage: node serve.mjs PORT. Says what happens as lines of JSON; the first one when it is ready,
// with a refresh token that a person has granted. GET /control/revoke ends every access token.

import http from 'node:http';

import Provider from 'oidc-provider';

const port = Number(process.argv[2]);
const say = (what) => console.log(JSON.stringify(what));
const client = (id, method) => ({
  client_id: id,
  client_secret: `secret of ${id}: 100% & more`,
  token_endpoint_auth_method: method,
  grant_types: ['client_credentials', 'authorization_code', 'refresh_token'],
  response_types: ['code'],
  redirect_uris: ['https://app.example.com/back'],
  scope: 'openid offline_access orders.read',
});

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [client('by field', 'client_secret_basic'), client('by body', 'client_secret_post')],
  scopes: ['openid', 'offline_access', 'orders.read', 'orders.write'],
  features: { clientCredentials: { enabled: true }, devInteractions: { enabled: false } },
  findAccount: (ctx, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  rotateRefreshToken: true,
  ttl: { AccessToken: 6, ClientCredentials: 6, RefreshToken: 3600, Grant: 3600, IdToken: 60 },
});
provider.on('grant.success', (ctx) => say({ granted: ctx.oidc.params.grant_type }));
provider.on('grant.error', (ctx, error) => say({ refused: error.message }));
provider.on('server_error', (ctx, error) => say({ broken: String(error.stack) }));

async function grantByPerson(clientId) {
  const scope = 'openid offline_access';
  const grant = new provider.Grant({ accountId: 'ada', clientId });
  grant.addOIDCScope(scope);
  const grantId = await grant.save();
  const token = new provider.RefreshToken({
    accountId: 'ada',
    authTime: Math.floor(Date.now() / 1000),
    claims: {},
    client: await provider.Client.find(clientId),
    expiresWithSession: false,
    grantId,
    gty: 'authorization_code',
    scope,
  });
  return token.save();
}

const revoked = new Set();
const seen = new Set();

async function answerApi(request, response) {
  const token = (request.headers.authorization ?? '').replace(/^Bearer /, '');
  const known =
    (await provider.AccessToken.find(token)) ?? (await provider.ClientCredentials.find(token));
  const isGood = known && !revoked.has(token);
  seen.add(token);
  say({ api: isGood ? 200 : 401 });
  response.writeHead(isGood ? 200 : 401, { 'content-type': 'application/json' });
  response.end(JSON.stringify(isGood ? { orders: [{ id: 1, state: 'open' }] } : { error: 'no' }));
}

const serve = provider.callback();
http
  .createServer((request, response) => {
    if (request.url.startsWith('/api/')) {
      answerApi(request, response);
    } else if (request.url === '/control/revoke') {
      seen.forEach((token) => revoked.add(token));
      response.end('done');
    } else {
      serve(request, response);
    }
  })
  .listen(port, '127.0.0.1', async () => say({ refresh_token: await grantByPerson('by field') }));
