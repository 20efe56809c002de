"""Execution: a document becomes a plan, a plan an answer. Knows GraphQL, knows no noun of the portal."""

from gateway.execution.documents import Document, UnknownOperation
from gateway.execution.executor import Answer, Executor

__all__ = ["Answer", "Document", "Executor", "UnknownOperation"]
