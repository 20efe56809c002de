"""What lists can be narrowed and ordered by: GraphQL inputs, and the queries they become."""
