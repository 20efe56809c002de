// Apollo Server with a DataLoader for each relation.
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import DataLoader from 'dataloader';
import { accounts, contractLines, installedProducts, openCases } from './sources.mjs';
import { types } from './types.mjs';

const server = new ApolloServer({
  typeDefs: types,
  resolvers: {
    Query: { installedProducts: async (_, { first }) => ({ nodes: await installedProducts(first) }) },
    InstalledProduct: {
      account: (asset, _, { loaders }) => loaders.accounts.load(asset.accountId),
      cases: async (asset, _, { loaders }) => ({ nodes: asset.assetId ? await loaders.cases.load(asset.assetId) : [] }),
      contractLines: (asset, _, { loaders }) => (asset.assetId ? loaders.lines.load(asset.assetId) : []),
    },
  },
});
const { url } = await startStandaloneServer(server, {
  listen: { port: 0, host: '127.0.0.1' },
  context: async () => ({
    loaders: {
      accounts: new DataLoader(accounts),
      cases: new DataLoader(openCases),
      lines: new DataLoader(contractLines),
    },
  }),
});
console.log(new URL(url).port);
