"""SAP's service system over OData V2: cases (notifications), what is done on them, service orders and visits."""
