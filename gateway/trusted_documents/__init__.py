"""Documents that clients were built with, named by their ids instead of being sent."""
