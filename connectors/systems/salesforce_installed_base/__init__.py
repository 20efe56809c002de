"""The CRM's installed base: accounts, locations and installed products of a Salesforce org with ServiceMax.

Where a record's field comes from stands in `settings` (one model per object), how its value is read in `mapping`.
"""
