"""The service that a request is made to."""

from fastapi import Request

from bundlesmith.serve.service import Service


def service_of(request: Request) -> Service:
    """The service of the application that got a request."""
    service: Service = request.app.state.service
    return service
