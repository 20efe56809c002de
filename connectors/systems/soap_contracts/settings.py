"""What the connector to the contract system is told."""

from pydantic import Field

from connectors.transport.soap_settings import SoapSettings
from connectors.vocabulary import ContractStatus


class SoapContractsSettings(SoapSettings):
    contract_statuses: dict[str, ContractStatus] = Field(
        default={
            "ACTV": ContractStatus.ACTIVE,
            "EXPD": ContractStatus.EXPIRED,
            "CANC": ContractStatus.CANCELLED,
        },
        description="STATUS of a contract, and what it means",
    )
