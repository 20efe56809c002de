"""The dashboard that every variant answers, and how its answers are compared."""

WHO = "manager@north.example"
FIELDS = """id assetId description serialNumber modality statusLabel
    account { name number }
    cases(filter: {open: true}) { nodes { number priorityLabel statusLabel description } }
    contractLines { number contractNumber description endDate expiryStatus }"""


def dashboard(assets: int) -> str:
    return f"{{ installedProducts(first: {assets}) {{ nodes {{ {FIELDS} }} }} }}"


def leaves(value: object) -> int:
    """How many leaves an answer has."""
    if isinstance(value, dict):
        return sum(map(leaves, value.values()))
    if isinstance(value, list):
        return sum(map(leaves, value))
    return 1
