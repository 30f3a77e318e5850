"""What citizens type, and where it leads them. Half of the queries are by somebody else."""

import csv
from pathlib import Path

import pytest

from public.search.index import search
from public.search.words import folded

with Path(__file__).with_name("queries.tsv").open(encoding="utf-8") as file:
    QUERIES = [tuple(row.values()) for row in csv.DictReader(file, delimiter="\t")]


@pytest.fixture
def edition(shipped):
    return shipped.editions.get(number=3)


def answer_to(results):
    """The outcome, and the words that a reader is led to."""
    shown = folded(" ".join("".join(words for words, _, _ in hit.runs) for hit in results.hits))
    if results.everyday:
        return "everyday", [folded(term) for _, term in results.everyday]
    if results.corrected:
        return "corrected", [meant for _, meant in results.corrected]
    return "nothing" if results.missing else "text", shown


@pytest.mark.parametrize(("language", "query", "outcome", "goal"), QUERIES)
def test_an_everyday_query_leads_where_the_text_bears_it(edition, language, query, outcome, goal):
    results = search(edition, language, query)

    found, words = answer_to(results)
    assert found == outcome
    assert folded(goal) in words or outcome == "nothing"


def test_the_table_has_sixty_queries_in_each_language():
    assert [sum(row[0] == language for row in QUERIES) for language in ("id", "en")] == [60, 60]
