// Another team's subgraph, composed with ours, and one query through a router of the composed graph.
// node router.mjs <apollo|hive> <our SDL> <our address> <token> <query>: prints the answer as JSON.
import { createServer } from "node:http";
import { readFileSync } from "node:fs";
import { composeServices } from "@apollo/composition";
import { ApolloGateway, RemoteGraphQLDataSource } from "@apollo/gateway";
import { buildSubgraphSchema } from "@apollo/subgraph";
import { createGatewayRuntime } from "@graphql-hive/gateway-runtime";
import { graphql, parse } from "graphql";

const [router, sdl, address, token, query] = process.argv.slice(2);

const ROOMS = parse(`
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@shareable"])
  type Query { rooms: [Room!]! }
  type Room @key(fields: "id") { id: ID! name: String! equipment: [InstalledProduct!]! hospital: Account! }
  type InstalledProduct @key(fields: "assetId") { assetId: String room: Room powerKw: Float }
  type Account @key(fields: "number", resolvable: false) { number: String }
  type Case @key(fields: "id") { id: ID! cleaning: Boolean! }
  type PageInfo @shareable { hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String }
`);
const given = JSON.parse(process.env.ROOMS);
const room = { ...given, equipment: given.equipment.map((assetId) => ({ assetId, powerKw: 30 })), hospital: { number: given.hospital } };
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

const composed = composeServices([
  { name: "portal", typeDefs: parse(readFileSync(sdl, "utf8")), url: address },
  { name: "rooms", typeDefs: ROOMS, url: `http://127.0.0.1:${rooms.address().port}` },
]);
const authorization = `Bearer ${token}`;

async function throughApollo(supergraphSdl) {
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

async function throughHive(supergraph) {
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

let told;
if (composed.errors) told = { errors: composed.errors.map(({ message }) => ({ message })) };
else told = { ...(await { apollo: throughApollo, hive: throughHive }[router](composed.supergraphSdl)), hints: composed.hints.map(String) };
process.stdout.write(JSON.stringify(told) + "\n", () => process.exit(0));
