"""The part of a passage that a hit shows."""

from bisect import bisect, bisect_left
from itertools import accumulate, chain, pairwise

EXTRACT_CHARACTERS, BEFORE_HIT = 240, 50


def extract(runs, spans):
    """The text, or the part of a long one with most of the spans: (words, is a span, language)."""
    text = "".join(words for words, _ in runs)
    ends = list(accumulate(len(words) for words, _ in runs))
    start, end = window(text, spans) if len(text) > EXTRACT_CHARACTERS else (0, len(text))
    inside = [span for span in spans if start <= span[0] and span[1] <= end]
    edges = {start, end, *chain(*inside), *(edge for edge in ends if start < edge < end)}
    pieces = [("…", False, runs[0][1])] if start > 0 else []
    for first, last in pairwise(sorted(edges)):
        is_span = any(span[0] <= first < span[1] for span in inside)
        pieces.append((text[first:last], is_span, runs[bisect(ends, first)][1]))
    if end < len(text):
        pieces.append(("…", False, runs[-1][1]))
    return pieces


def window(text, spans):
    """The start and end of the extract of a long text, between words."""
    reach, starts = EXTRACT_CHARACTERS - BEFORE_HIT, [span[0] for span in spans]
    near = {span: bisect(starts, span[0] + reach) - bisect_left(starts, span[0]) for span in spans}
    fullest = max(spans, key=near.get, default=(0, 0))
    start = min(max(0, fullest[0] - BEFORE_HIT), len(text) - EXTRACT_CHARACTERS)
    end = start + EXTRACT_CHARACTERS
    if start:
        start = text.find(" ", start - 1, fullest[0]) + 1 or fullest[0]
    if end < len(text):
        space = text.rfind(" ", start, end + 1)
        end = space if space >= fullest[1] else end
    return start, end
