// Subscribes as front ends do, and prints what it is told, a line of JSON each.
// node client.mjs ws|sse ADDRESS TOKEN QUERY
import WebSocket from 'ws';
import { createClient as overSockets } from 'graphql-ws';
import { createClient as overEvents } from 'graphql-sse';

const [transport, address, token, query] = process.argv.slice(2);
const say = (told) => process.stdout.write(`${JSON.stringify(told)}\n`);
const Authorization = `Bearer ${token}`;

const client =
  transport === 'ws'
    ? overSockets({
        url: `${address.replace('http', 'ws')}/graphql`,
        webSocketImpl: WebSocket,
        connectionParams: { Authorization },
        retryAttempts: 0,
        on: { closed: (event) => say({ closed: event.code }) },
      })
    : overEvents({ url: `${address}/graphql`, headers: { Authorization }, retryAttempts: 0 });

client.subscribe(
  { query },
  {
    next: (result) => say({ next: result }),
    error: (problem) => {
      const told = Array.isArray(problem) ? problem.map((each) => each.message) : String(problem.message ?? problem.code ?? problem);
      say({ error: told });
      client.dispose();
    },
    complete: () => {
      say({ complete: true });
      client.dispose();
    },
  },
);
