// mercurius with its JIT, and its own loaders.
import Fastify from 'fastify';
import mercurius from 'mercurius';
import { accounts, contractLines, installedProducts, openCases } from './sources.mjs';
import { types } from './types.mjs';

const app = Fastify();
const each = (read, key) => async (queries) => read(queries.map(({ obj }) => obj[key]));
const options = { cache: false };
app.register(mercurius, {
  schema: types,
  jit: 1,
  resolvers: { Query: { installedProducts: async (_, { first }) => ({ nodes: await installedProducts(first) }) } },
  loaders: {
    InstalledProduct: {
      account: { loader: each(accounts, 'accountId'), opts: options },
      cases: { loader: async (queries) => (await openCases(queries.map(({ obj }) => obj.assetId))).map((nodes) => ({ nodes })), opts: options },
      contractLines: { loader: each(contractLines, 'assetId'), opts: options },
    },
  },
});
await app.listen({ port: 0, host: '127.0.0.1' });
console.log(app.server.address().port);
