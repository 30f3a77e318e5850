"""``python -m public.booklet.typst``: sets one document and ends, which gives back the memory that typst keeps.

Standard input: {"source": path, "fonts": [folders], "data": words, "options": those of ``typst.compile``} as JSON.
Standard output: the document.
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
        # PDF/UA forbids characters that no font here has. The booklet without them is better than no booklet.
        print(f"The booklet is tagged, but it is not PDF/UA: {error}", file=sys.stderr)
        return typst.compile(request["source"], **options)


@lru_cache(maxsize=1)
def fonts(*folders):
    """The portal's fonts and those inside typst's wheel, and none of the machine's: the same bytes everywhere."""
    return typst.Fonts(include_system_fonts=False, font_paths=list(folders))


if __name__ == "__main__":
    sys.stdout.buffer.write(document(json.load(sys.stdin.buffer)))
