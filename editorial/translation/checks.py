"""What a translator is warned of, passage by passage."""

from dataclasses import dataclass

from editions.document import Document, Passage


@dataclass(frozen=True)
class Problem:
    check: str
    detail: str
    message: str


def problems(passage: Passage, document: Document) -> list[Problem]:
    return []
