"""The graph as a subgraph of others: Apollo Federation 2 (https://www.apollographql.com/docs/federation/subgraph-spec)."""
