"""The request of the admin that this thread answers, for whoever records or logs something without being handed it."""

import secrets
from contextvars import ContextVar

current_request = ContextVar("current_request", default=None)


class CurrentRequestMiddleware:
    """Gives each request of the admin an id: the answer tells it, and what is recorded and logged meanwhile has it."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if not request.path_info.startswith("/admin/"):
            return self.get_response(request)
        request.id = secrets.token_hex(8)
        token = current_request.set(request)
        try:
            response = self.get_response(request)
        finally:
            current_request.reset(token)
        response.headers["X-Request-ID"] = request.id
        return response
