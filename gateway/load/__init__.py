"""How much the gateway takes on: shares of each user, client and address, and how many requests at once."""
