"""The demo: the gateway over simulators of every system, for one person on one machine.

The only part of the gateway that knows the fixtures. A gateway that serves a deployment never imports it.
"""
