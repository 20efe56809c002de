"""GraphQL over WebSocket: graphql-transport-ws, and no other protocol."""
