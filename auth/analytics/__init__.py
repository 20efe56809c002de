"""Reports over the rows that a viewer may see (F10): what is counted, by which clock. Definitions stand beside each."""
