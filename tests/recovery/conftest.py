"""A Kafka broker for tests: `broker.address`, started once per session; also a private one that can be killed."""

from ..broker import broker, own_broker

__all__ = ["broker", "own_broker"]
