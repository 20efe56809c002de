"""What a deployment tells about its org: where it is, how to sign in, and what its objects and fields are called.

The three models of fields say where each field of a record comes from. An empty name: the org has no such field, and
the record holds None.
"""

from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from connectors.systems.salesforce_installed_base import soql
from connectors.transport.settings import HttpSettings, Secret, StrictSettings
from connectors.vocabulary import AssetStatus, Modality

Name = Annotated[str, AfterValidator(soql.name)]
OptionalName = Annotated[str, AfterValidator(lambda name: soql.name(name) if name else name)]


class AccountFields(StrictSettings):
    """Where the fields of `connectors.records.Account` come from; `id` is `Id`."""

    object: Name = "Account"
    number: OptionalName = "SAP_Customer_Number__c"
    name: OptionalName = "Name"
    parent_id: OptionalName = "ParentId"
    street: OptionalName = "BillingStreet"
    city: OptionalName = "BillingCity"
    postal_code: OptionalName = "BillingPostalCode"
    country: OptionalName = "BillingCountry"
    updated_at: OptionalName = "LastModifiedDate"


class LocationFields(StrictSettings):
    """Where the fields of `connectors.records.Location` come from; `id` is `Id`."""

    object: Name = "SVMXC__Site__c"
    name: OptionalName = "Name"
    account_id: Name = "SVMXC__Account__c"
    parent_id: OptionalName = "SVMXC__Parent__c"
    street: OptionalName = "SVMXC__Street__c"
    city: OptionalName = "SVMXC__City__c"
    state: OptionalName = "SVMXC__State__c"
    postal_code: OptionalName = "SVMXC__Zip__c"
    country: OptionalName = "SVMXC__Country__c"
    functional_location: OptionalName = "SAP_Functional_Location__c"


class InstalledProductFields(StrictSettings):
    """Where the fields of `connectors.records.InstalledProduct` come from; `id` is `Id`.

    `modality` is read from `product_family` by the setting `modalities`, `status` from `status_text` by `statuses`.
    """

    object: Name = "SVMXC__Installed_Product__c"
    installed_product_number: OptionalName = "Name"
    asset_id: OptionalName = "SAP_Equipment_Number__c"
    technical_id: OptionalName = "Technical_ID__c"
    serial_number: OptionalName = "SVMXC__Serial_Lot_Number__c"
    udi: OptionalName = "UDI__c"
    description: OptionalName = "SVMXC__Product__r.Name"
    product_code: OptionalName = "SVMXC__Product__r.ProductCode"
    product_family: OptionalName = "SVMXC__Product__r.Family"
    asset_tag: OptionalName = "SVMXC__Asset_Tag__c"
    status_text: OptionalName = "SVMXC__Status__c"
    installation_date: OptionalName = "SVMXC__Date_Installed__c"
    account_id: Name = "SVMXC__Company__c"
    location_id: OptionalName = "SVMXC__Site__c"
    end_of_life: OptionalName = "End_Of_Life_Date__c"
    end_of_service: OptionalName = "End_Of_Service_Date__c"
    updated_at: OptionalName = "LastModifiedDate"


class SalesforceSettings(HttpSettings):
    """One org. Sign-in is by client credentials (`client_secret`) or by JWT bearer (`private_key`, `username`)."""

    client_id: str = Field(min_length=1, description="The connected app's consumer key")
    client_secret: Secret | None = Field(None, description="For the client credentials grant")
    private_key: Secret | None = Field(None, description="An RSA key in PEM, for the JWT bearer grant")
    username: str | None = Field(None, description="Who the JWT bearer grant signs in")
    audience: str = Field("https://login.salesforce.com", description="Whom the assertion is for")
    trust_instance_url: bool = Field(
        True, description="Call the instance_url that the sign-in answers; off: stay with `url`, as behind a proxy"
    )

    api_version: str = Field("v62.0", pattern=r"^v\d{2,3}\.\d$")
    accounts: AccountFields = AccountFields()
    locations: LocationFields = LocationFields()
    installed_products: InstalledProductFields = InstalledProductFields()
    customer_number_digits: int = Field(10, ge=0, le=40, description="Padded to; 0: the org keeps bare numbers")
    equipment_number_digits: int = Field(18, ge=0, le=40, description="Padded to; 0: the org keeps bare numbers")
    statuses: dict[str, AssetStatus] = Field(
        {
            "Installed": AssetStatus.ACTIVE,
            "Shipped": AssetStatus.ACTIVE,
            "Deinstalled": AssetStatus.INACTIVE,
            "Retired": AssetStatus.INACTIVE,
            "Returned": AssetStatus.INACTIVE,
        },
        description="What the org's status words mean; any other is OTHER",
    )
    modalities: dict[str, Modality] = Field(
        {"MR": Modality.MR, "CT": Modality.CT, "US": Modality.US, "IXR": Modality.IXR},
        description="What the org's product families mean; any other is OTHER",
    )

    text_order: bool = Field(
        False,
        description="The org orders and compares texts without regard to case, as Salesforce does: it may cut pages "
        "ordered by a text; off: the gateway does",
    )
    max_url_bytes: int = Field(
        12_000, ge=6_000, le=16_000, description="Of one query's URL; with headers 16,384 at most"
    )
    use_composite: bool = Field(True, description="Send several queries in one composite call")
    composite_queries: int = Field(5, ge=1, le=25, description="Queries in one composite call; Salesforce takes 5")
    concurrent_calls: int = Field(8, ge=1, le=100, description="Calls of one read that run at a time")
    max_rows: int = Field(250_000, ge=1, description="Rows that one read may answer")
    attempts: int = Field(2, ge=1, le=5, description="How often a call is tried when the org fails or breaks off")

    @model_validator(mode="after")
    def _signs_in_one_way(self) -> "SalesforceSettings":
        if (self.client_secret is None) == (self.private_key is None):
            raise ValueError("give either client_secret or private_key")
        if self.private_key is not None and not self.username:
            raise ValueError("private_key needs a username")
        return self
