"""``python -m public.booklet.typst`` makes one document and ends, which frees the memory of typst.

Standard input is JSON: {"source": path, "fonts": [folders], "data": words, "options": options of
``typst.compile``}. Standard output is the document.
"""

import json
import sys
from functools import lru_cache

import typst


def document(request):
    options = dict(request["options"])
    standards = options.pop("pdf_standards", [])
    options |= {"font_paths": fonts(*request["fonts"]), "sys_inputs": {"data": request["data"]}}
    try:
        return typst.compile(request["source"], pdf_standards=standards, **options)
    except typst.TypstError as error:
        if not standards:
            raise
        # The standards forbid characters that no font has. A PDF without them is better than none.
        print(f"The PDF is tagged, but it is not PDF/UA and not PDF/A: {error}", file=sys.stderr)
        return typst.compile(request["source"], **options)


@lru_cache(maxsize=1)
def fonts(*folders):
    """The portal's and typst's own fonts, so that all machines make the same bytes."""
    return typst.Fonts(include_system_fonts=False, font_paths=list(folders))


if __name__ == "__main__":
    sys.stdout.buffer.write(document(json.load(sys.stdin.buffer)))
