// The part of the portal's graph that the benchmark asks for.
export const types = /* GraphQL */ `
  enum Modality { MR CT US IXR OTHER }
  enum ExpiryStatus { GREEN YELLOW RED }
  input CaseFilter { open: Boolean }
  type Account { name: String, number: String }
  type Case { number: String!, priorityLabel: String, statusLabel: String!, description: String }
  type CaseConnection { nodes: [Case!]! }
  type ContractLine { number: String!, contractNumber: String!, description: String, endDate: String, expiryStatus: ExpiryStatus }
  type InstalledProduct {
    id: ID!
    assetId: String
    description: String
    serialNumber: String
    modality: Modality
    statusLabel: String!
    account: Account
    cases(filter: CaseFilter): CaseConnection
    contractLines: [ContractLine!]
  }
  type InstalledProductConnection { nodes: [InstalledProduct!]! }
  type Query { installedProducts(first: Int): InstalledProductConnection }
`;
