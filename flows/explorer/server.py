"""The web server of the explorer: Gradio's page, the pictures of pages, and headers that keep the browser at home."""

from collections.abc import Sequence
from typing import Final

import gradio as gr
from fastapi import FastAPI, Response
from starlette.datastructures import MutableHeaders
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from flows.explorer.page import Page, page_css, quiet_theme, read_asset
from flows.explorer.shelf import Shelf
from flows.explorer.uploads import MAX_BYTES, UploadError
from schemas.errors import PaperError, PapergraphError

LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")

# The browser itself holds the page to this: nothing is loaded from or sent to another host, whatever stands in it.
# Gradio's own code needs inline scripts and eval.
_HEADERS: Final = {
    "content-security-policy": "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}


def build_app(shelf: Shelf, *, host: str = LOOPBACK[0]) -> FastAPI:
    """The explorer as an ASGI application.

    Args:
        shelf: What is shown.
        host: Where it is served. On the loopback interface requests under another host's name are refused.
    """
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    add_pictures(app, shelf)
    gr.mount_gradio_app(
        app,
        Page(shelf).build(),
        path="/",
        server_name=host,
        footer_links=[],
        run_history=False,
        max_file_size=MAX_BYTES,
        ssr_mode=False,
        pwa=False,
        mcp_server=False,
        enable_monitoring=False,
        show_error=False,
        theme=quiet_theme(),
        css=page_css(),
        head=f"<script>{read_asset('explorer.js')}</script>",
    )
    app.add_middleware(StaysAtHome)
    if host in LOOPBACK:
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=_names_of(LOOPBACK))
    return app


def _names_of(hosts: Sequence[str]) -> list[str]:
    return [f"[{host}]" if ":" in host else host for host in hosts]


def add_pictures(app: FastAPI, shelf: Shelf) -> None:
    """Serve the pictures of pages. Where there is none, the answer says why in plain words."""

    @app.get("/pages/{token}/{paper_id}/{page}.jpg")
    def picture(token: str, paper_id: str, page: int) -> Response:
        """A page of a paper that the graph, or an upload, holds; no path comes from the request."""
        shelf_name = "" if token == "-" else token  # noqa: S105  (no password)
        try:
            drawn = shelf.picture(shelf_name, paper_id, page)
        except UploadError as error:
            return _refusal(404, str(error))
        except PaperError as error:
            return _refusal(503, error.message)
        except PapergraphError as error:
            return _refusal(503, str(error))
        if drawn is None:
            return _refusal(404, "there is no such page")
        return Response(drawn, media_type="image/jpeg", headers={"cache-control": "private, max-age=3600"})


def _refusal(status: int, reason: str) -> Response:
    """Why there is no picture; the page says it in the place of the picture (explorer.js)."""
    return Response(reason, status_code=status, media_type="text/plain", headers={"cache-control": "no-store"})


class StaysAtHome:
    """Adds the headers to every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and its answer back with the headers."""

        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers[name] = value
            await send(message)

        await self.app(scope, receive, send_on if scope["type"] == "http" else send)
