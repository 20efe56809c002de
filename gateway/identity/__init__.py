"""Signing in: the pages, browser sessions, the built-in OpenID provider, and organisations' own providers."""
