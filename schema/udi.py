"""Placeholder so that the graph can be made; replaced below."""
