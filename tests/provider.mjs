// An OpenID Connect provider for tests: the certified npm package oidc-provider with a form that asks
// for a name only. Arguments: the package's main file, then the addresses to return to. Prints its
// port. `PUT /accounts` sets the claims of the accounts by name.
import { createServer } from 'node:http';
import { pathToFileURL } from 'node:url';

const [main, ...redirectUris] = process.argv.slice(2);
// Nobody reads its remarks, and a write to a closed pipe would end it.
console.info = console.warn = () => {};
const { default: Provider } = await import(pathToFileURL(main));

let accounts = {
  ada: {
    name: 'Ada Lovelace',
    preferred_username: 'ada',
    email: 'ada@example.org',
    email_verified: true,
  },
};
const server = createServer();
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address();
  const provider = new Provider(`http://127.0.0.1:${port}`, {
    clients: [{
      client_id: 'vestibule',
      client_secret: 'a secret of the tests',
      redirect_uris: redirectUris,
    }],
    claims: {
      openid: ['sub'],
      profile: ['name', 'preferred_username'],
      email: ['email', 'email_verified'],
      groups: ['groups'],
    },
    cookies: { keys: ['only for tests'] },
    features: { devInteractions: { enabled: false } },
    findAccount: async (_, id) => accounts[id] && {
      accountId: id,
      claims: async () => ({ sub: id, ...accounts[id] }),
    },
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    // The installation is known: nobody is asked to agree.
    loadExistingGrant: async (ctx) => {
      const { client, session } = ctx.oidc;
      const grant = new ctx.oidc.provider.Grant({
        clientId: client.clientId,
        accountId: session.accountId,
      });
      grant.addOIDCScope('openid profile email groups');
      await grant.save();
      return grant;
    },
  });
  const forward = provider.callback();
  server.on('request', async (request, response) => {
    const { pathname } = new URL(request.url, 'http://provider');
    const body = async () => (await request.toArray()).join('');
    if (request.method === 'PUT' && pathname === '/accounts') {
      accounts = JSON.parse(await body());
      response.end();
    } else if (!pathname.startsWith('/interaction/')) {
      forward(request, response);
    } else if (request.method === 'POST') {
      const login = new URLSearchParams(await body()).get('login');
      const result = login === null
        ? { error: 'access_denied', error_description: 'The person has cancelled.' }
        : { login: { accountId: login } };
      await provider.interactionFinished(request, response, result);
    } else {
      response.setHeader('content-type', 'text/html; charset=utf-8');
      response.end(`<!doctype html><html lang="en"><title>Provider</title><h1>Provider</h1>
        <form method="post"><label for="login">Account</label> <input id="login" name="login">
        <button>Continue</button></form>
        <form method="post"><button>Cancel</button></form></html>`);
    }
  });
  console.log(`PORT ${port}`);
});
