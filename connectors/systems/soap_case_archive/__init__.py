"""The case archive: cases of the older portal's service system, over SOAP, read only."""
