// Hive Gateway over three federated subgraphs, one a system. They run in its own process: nothing is lost to HTTP
// between the gateway and its subgraphs, which is the best case for it.
import { createServer } from 'node:http';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { createGatewayRuntime } from '@graphql-hive/gateway-runtime';
import { normalizedExecutor } from '@graphql-tools/executor';
import { composeServices } from '@theguild/federation-composition';
import DataLoader from 'dataloader';
import { parse } from 'graphql';
import { accounts, contractLines, installedProducts, openCases } from './sources.mjs';

const link = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@shareable"])';
const parts = {
  crm: [
    `${link}
    enum Modality { MR CT US IXR OTHER }
    type Account { name: String, number: String }
    type InstalledProduct @key(fields: "id assetId") { id: ID!, assetId: String, description: String, serialNumber: String, modality: Modality, statusLabel: String!, account: Account }
    type InstalledProductConnection { nodes: [InstalledProduct!]! }
    type Query { installedProducts(first: Int): InstalledProductConnection }`,
    {
      Query: { installedProducts: async (_, { first }) => ({ nodes: await installedProducts(first) }) },
      InstalledProduct: { account: (asset, _, { accounts: loader }) => loader.load(asset.accountId) },
    },
  ],
  sap: [
    `${link}
    input CaseFilter { open: Boolean }
    type Case { number: String!, priorityLabel: String, statusLabel: String!, description: String }
    type CaseConnection { nodes: [Case!]! }
    type InstalledProduct @key(fields: "id assetId") { id: ID!, assetId: String, cases(filter: CaseFilter): CaseConnection }`,
    { InstalledProduct: { __resolveReference: (asset) => asset, cases: async (asset, _, { cases }) => ({ nodes: asset.assetId ? await cases.load(asset.assetId) : [] }) } },
  ],
  contracts: [
    `${link}
    enum ExpiryStatus { GREEN YELLOW RED }
    type ContractLine { number: String!, contractNumber: String!, description: String, endDate: String, expiryStatus: ExpiryStatus }
    type InstalledProduct @key(fields: "id assetId") { id: ID!, assetId: String, contractLines: [ContractLine!] }`,
    { InstalledProduct: { __resolveReference: (asset) => asset, contractLines: (asset, _, { lines }) => (asset.assetId ? lines.load(asset.assetId) : []) } },
  ],
};
const schemas = {};
const services = [];
for (const [name, [text, resolvers]] of Object.entries(parts)) {
  const typeDefs = parse(text);
  schemas[name] = buildSubgraphSchema({ typeDefs, resolvers });
  services.push({ name, typeDefs, url: `http://${name}.invalid` });
}
const { supergraphSdl, errors } = composeServices(services);
if (errors?.length) throw new Error(errors.map((error) => error.message).join('\n'));
const runtime = createGatewayRuntime({
  supergraph: supergraphSdl,
  logging: false,
  batching: false,
  transports: {
    http: {
      getSubgraphExecutor: ({ subgraphName }) => (request) => {
        const document = request.document;
        return normalizedExecutor({
          schema: schemas[subgraphName.toLowerCase()],
          document,
          variableValues: request.variables,
          contextValue: { accounts: new DataLoader(accounts), cases: new DataLoader(openCases), lines: new DataLoader(contractLines) },
        });
      },
    },
  },
});
const server = createServer(runtime).listen(0, '127.0.0.1', () => console.log(server.address().port));
