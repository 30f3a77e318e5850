from django.conf import settings
from django.middleware import csp

from public.style import PUBLIC_CSP


class ContentSecurityPolicyMiddleware(csp.ContentSecurityPolicyMiddleware):
    """One policy for the admin, one for everything else: the public pages and every error."""

    def process_response(self, request, response):
        if not hasattr(response, "_csp_config"):
            is_admin = request.path_info.startswith("/admin/")
            response._csp_config = settings.ADMIN_CSP if is_admin else PUBLIC_CSP
        return super().process_response(request, response)
