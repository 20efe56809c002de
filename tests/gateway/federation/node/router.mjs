// Another team's subgraph, composed with ours, and queries through routers of the composed graph.
// node router.mjs <our address> <our SDL> <our SDL without rules>: answers {router, token, query, room}, a line each.
import { createServer } from "node:http";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { composeServices } from "@apollo/composition";
import { ApolloGateway, RemoteGraphQLDataSource } from "@apollo/gateway";
import { buildSubgraphSchema } from "@apollo/subgraph";
import { createGatewayRuntime } from "@graphql-hive/gateway-runtime";
import { graphql, parse } from "graphql";

const [address, sdl, withoutRules] = process.argv.slice(2);

const ROOMS = parse(`
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@shareable"])
  type Query { rooms: [Room!]! }
  type Room @key(fields: "id") { id: ID! name: String! equipment: [InstalledProduct!]! hospital: Account! }
  type InstalledProduct @key(fields: "assetId") { assetId: String room: Room powerKw: Float }
  type Account @key(fields: "number", resolvable: false) { number: String }
  type Case @key(fields: "id") { id: ID! cleaning: Boolean! }
  type PageInfo @shareable { hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String }
`);
let room; // of the question that is being answered
const furnished = ({ equipment, hospital, ...given }) =>
  ({ ...given, equipment: equipment.map((assetId) => ({ assetId, powerKw: 30 })), hospital: { number: hospital } });
const schema = buildSubgraphSchema({
  typeDefs: ROOMS,
  resolvers: {
    Query: { rooms: () => [room] },
    InstalledProduct: { __resolveReference: ({ assetId }) => ({ assetId, room, powerKw: 30 }) },
    Case: { __resolveReference: ({ id }) => ({ id, cleaning: true }) },
  },
});
const rooms = createServer((request, response) => {
  let body = "";
  request.on("data", (piece) => (body += piece));
  request.on("end", async () => {
    const asked = JSON.parse(body);
    const answer = await graphql({ schema, source: asked.query, variableValues: asked.variables });
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(answer));
  });
});
await new Promise((listening) => rooms.listen(0, "127.0.0.1", listening));

const composedWith = (file) => composeServices([
  { name: "portal", typeDefs: parse(readFileSync(file, "utf8")), url: address },
  { name: "rooms", typeDefs: ROOMS, url: `http://127.0.0.1:${rooms.address().port}` },
]);

async function throughApollo(supergraphSdl, query, authorization) {
  const buildService = ({ url }) =>
    new RemoteGraphQLDataSource({ url, willSendRequest: ({ request }) => request.http.headers.set("authorization", authorization) });
  const gateway = new ApolloGateway({ supergraphSdl, buildService });
  const { executor, schema } = await gateway.load();
  const document = parse(query);
  const cache = new Map();
  const answer = await executor({
    document, schema, request: { query, variables: {} }, context: {}, cache, queryHash: "1", operationName: null,
    operation: document.definitions[0], metrics: {}, logger: console, source: query, overallCachePolicy: { maxAge: 0 },
  });
  await gateway.stop();
  return answer;
}

async function throughHive(supergraph, query, authorization) {
  const runtime = createGatewayRuntime({
    supergraph, logging: false, maskedErrors: false,
    propagateHeaders: { fromClientToSubgraphs: () => ({ authorization }) },
  });
  const response = await runtime.fetch("http://router.test/graphql", {
    method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ query }),
  });
  const answer = await response.json();
  await runtime.dispose?.();
  return answer;
}

const routers = {
  apollo: { ask: throughApollo, composed: composedWith(withoutRules) },
  hive: { ask: throughHive, composed: composedWith(sdl) },
};
for await (const line of createInterface({ input: process.stdin })) {
  const { router, token, query, room: given } = JSON.parse(line);
  const { ask, composed } = routers[router];
  room = furnished(given);
  const told = composed.errors
    ? { errors: composed.errors.map(({ message }) => ({ message })) }
    : { ...(await ask(composed.supergraphSdl, query, `Bearer ${token}`)), hints: composed.hints.map(String) };
  process.stdout.write(`${JSON.stringify(told)}\n`);
}
