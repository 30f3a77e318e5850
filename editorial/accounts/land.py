"""The landscape of the public home page as a separate picture, for the login page."""

import re
from functools import cache

from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils.csp import CSP, build_policy
from django.views.decorators.http import require_safe

from public.pages.style import names_in, policy_of, style_of, without_indentation

FONT = re.compile(r"@font-face{[^}]*}")
IT_FILLS_ITS_BOX = ".land:not(#s):not(#s){height:100%;margin:0}"


@cache
def drawing():
    """The drawing below its sky, and the style inside it, which knows the night."""
    svg = without_indentation(render_to_string("components/land.html")).strip()
    svg = svg.replace('class="', 'xmlns="http://www.w3.org/2000/svg" class="sky ', 1)
    style = FONT.sub("", style_of(names_in(svg), "")) + IT_FILLS_ITS_BOX
    return svg.replace(">", f"><style>{style}</style>", 1), style


@require_safe
def land(request):
    svg, style = drawing()
    policy = {str(CSP.HEADER_ENFORCE): build_policy(policy_of(style))}
    return HttpResponse(svg, content_type="image/svg+xml", headers=policy)
