"""The contract system: service contracts with their lines, and warranties, over SOAP."""
