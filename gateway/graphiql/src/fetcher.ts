import { createGraphiQLFetcher, type Fetcher } from "@graphiql/toolkit";
import { createClient } from "graphql-ws";

import { type Answer, lastAnswer } from "./lastAnswer";
import { authorization, fetchJson, GRAPHQL_PATH, subscriptionUrl } from "./endpoint";

/**
 * How GraphiQL asks: POST for queries and mutations, a WebSocket for subscriptions, both as the bearer of `token`, or
 * as whoever this browser is signed in as.
 * A header that is typed in the headers editor wins over ours. `onRefused` is called when the gateway answers 401.
 */
export function gatewayFetcher(token: string | null, onRefused: () => void): Fetcher {
  lastAnswer.forget();
  return createGraphiQLFetcher({
    url: GRAPHQL_PATH,
    headers: { ...authorization(token), "x-show-calls": "1" },
    // The gateway answers in one piece; without this the fetcher asks for multipart.
    enableIncrementalDelivery: false,
    fetch: async (url, options) => {
      const response = await fetchJson(url, token, options);
      if (response.status === 401) onRefused();
      void response
        .clone()
        .json()
        .then((answer: Answer) => lastAnswer.set(answer));
      return response;
    },
    wsClient: createClient({
      url: subscriptionUrl(),
      lazy: true,
      retryAttempts: 2,
      connectionParams: authorization(token),
    }),
  });
}
