"""The routes. Nothing of a message is ever logged, counted or put into an address."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from fastapi import FastAPI, Form, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse
from fastapi.staticfiles import StaticFiles
from jinja2 import Environment, FileSystemLoader, select_autoescape
from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from pydantic import BaseModel, ConfigDict, Field

from adapters.answers import AnswerJson, to_json
from bot.errors import MessageTooLong, RequestError, TooManyRequests
from bot.model import Answer, Language, Question, SectionId
from bot.ports import Handler

_HERE = Path(__file__).parent
_BIGGEST_BODY = 64 * 1024
_POLICY = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_SIGNS = {"no": "✕", "conditional": "!", "clarify": "?", "yes": "✓", "inform": "i", "status": "≡", "unknown": "–"}
_STATUS = {"message-too-long": 413, "too-many-requests": 429}


@dataclass(frozen=True, slots=True)
class WebOptions:
    """How the web is served; ``checks`` returns each dependency's fault, or "" where it is fine."""

    language: Language = Language.DANISH
    trust_proxy: bool = False
    per_minute: int = 60
    checks: Callable[[], Mapping[str, str]] = dict


class Ask(BaseModel):
    """A question as it is sent to the API."""

    model_config = ConfigDict(extra="forbid")

    text: str
    conversation: str = Field(default="", max_length=100)


class _Web:
    """What every route needs."""

    def __init__(self, handler: Handler, options: WebOptions) -> None:
        self.handler = handler
        self.options = options
        loader = FileSystemLoader(_HERE / "templates")
        self.pages = Environment(loader=loader, autoescape=select_autoescape(default=True))
        self.limiter = MovingWindowRateLimiter(MemoryStorage())
        self.limit = RateLimitItemPerMinute(options.per_minute)
        self.registry = CollectorRegistry()
        labels = ["channel", "verdict", "language"]
        self.answers = Counter("vejviser_answers", "Answers given", labels, registry=self.registry)
        buckets = (0.0005, 0.001, 0.005, 0.02, 0.1)
        self.seconds = Histogram("vejviser_answer_seconds", "Thinking time", registry=self.registry, buckets=buckets)

    async def admit(self, request: Request) -> None:
        """Count one question of this client.

        Raises:
            TooManyRequests: the client has asked too often.
        """
        if not await self.limiter.hit(self.limit, self._client(request)):
            reset, _ = await self.limiter.get_window_stats(self.limit, self._client(request))
            raise TooManyRequests(max(1, round(reset - time.time())))

    def _client(self, request: Request) -> str:
        forwarded = request.headers.get("x-forwarded-for", "") if self.options.trust_proxy else ""
        return forwarded.split(",")[-1].strip() or (request.client.host if request.client else "")

    def answer(self, text: str, conversation: str) -> Answer:
        started = time.perf_counter()
        answer = self.handler.ask(Question(text, f"web:{conversation}" if conversation else ""))
        self.seconds.observe(time.perf_counter() - started)
        self.answers.labels("web", answer.verdict, answer.lang).inc()
        return answer

    def language(self, request: Request) -> Language:
        asked = request.query_params.get("lang", "")
        if asked in list(Language):
            return Language(asked)
        for entry in request.headers.get("accept-language", "").split(","):
            code = entry.split(";")[0].split("-")[0].strip().lower()
            if code in list(Language):
                return Language(code)
        return self.options.language

    def text(self, id_: str, language: Language) -> str:
        words = self.handler.knowledge().messages.get(id_)
        return words.in_language(language) if words else id_

    def page(self, name: str, language: Language, status: int = 200, **values: object) -> HTMLResponse:
        def text(id_: str) -> str:
            return self.text(id_, language)

        other = Language.ENGLISH if language is Language.DANISH else Language.DANISH
        html = self.pages.get_template(name).render(lang=language, other=other, t=text, signs=_SIGNS, **values)
        return HTMLResponse(html, status)

    def error(self, error: RequestError, language: Language) -> JSONResponse:
        content = {
            "error": error.code,
            "message": self.text(error.code, language),
            "remedy": self.text(f"{error.code}-remedy", language),
        }
        headers = {"Retry-After": str(error.retry_after)} if isinstance(error, TooManyRequests) else None
        return JSONResponse(content, _STATUS.get(error.code, 422), headers)


def create_app(handler: Handler, options: WebOptions | None = None) -> FastAPI:
    """Return the web application around ``handler``."""
    web = _Web(handler, options or WebOptions())
    app = FastAPI(title="Vejviser", version="1", docs_url=None, redoc_url=None)
    app.mount("/static", StaticFiles(directory=_HERE / "static"), name="static")
    _guard(app, web)
    _add_chat(app, web)
    _add_guide(app, web)
    _add_operations(app, web)
    return app


def _guard(app: FastAPI, web: _Web) -> None:
    @app.middleware("http")
    async def protect(request: Request, proceed: Callable[[Request], Awaitable[Response]]) -> Response:
        length = request.headers.get("content-length", "0")
        if request.method == "POST" and (not length.isdigit() or int(length) > _BIGGEST_BODY):
            response: Response = web.error(MessageTooLong("the body is too big"), web.language(request))
        elif request.method == "POST" and "content-length" not in request.headers:
            response = web.error(RequestError("no length"), web.language(request))
        else:
            response = await proceed(request)
        for name, value in _POLICY.items():
            response.headers.setdefault(name, value)
        return response

    @app.exception_handler(RequestError)
    async def refuse(request: Request, error: RequestError) -> Response:
        return web.error(error, web.language(request))

    @app.exception_handler(RequestValidationError)
    async def explain(request: Request, _: RequestValidationError) -> Response:
        return web.error(RequestError("not a question"), web.language(request))


def _add_chat(app: FastAPI, web: _Web) -> None:
    @app.get("/", response_class=HTMLResponse)
    async def show(request: Request) -> Response:
        language = web.language(request)
        return web.page("chat.html", language, examples=_examples(web, language))

    @app.post("/", response_class=HTMLResponse)
    async def ask_by_form(request: Request, text: Annotated[str, Form()] = "") -> Response:
        language = web.language(request)
        try:
            await web.admit(request)
            answer = web.answer(text, "")
        except RequestError as error:
            fault = web.text(error.code, language)
            return web.page("chat.html", language, 422, examples=_examples(web, language), fault=fault)
        return web.page("chat.html", language, examples=(), answer=answer)

    @app.post("/api/ask")
    async def ask(request: Request, question: Ask) -> AnswerJson:
        await web.admit(request)
        return to_json(web.answer(question.text, question.conversation))


def _examples(web: _Web, language: Language) -> tuple[str, ...]:
    return tuple(words.in_language(language) for words in web.handler.knowledge().lists["examples"])


def _add_guide(app: FastAPI, web: _Web) -> None:
    @app.get("/guide", response_class=HTMLResponse)
    async def contents(request: Request) -> Response:
        return web.page("guide.html", web.language(request), sections=web.handler.knowledge().sections.values())

    @app.get("/guide/{section_id}", response_class=HTMLResponse)
    async def section(request: Request, section_id: str) -> Response:
        language = web.language(request)
        knowledge = web.handler.knowledge()
        found = knowledge.sections.get(SectionId(section_id))
        if found is None:
            return web.page("guide.html", language, 404, sections=knowledge.sections.values(), missing=True)
        laws = [knowledge.statutes[id_].in_language(language) for id_ in found.law]
        paragraphs = found.summary.in_language(language).split("\n")
        return web.page("section.html", language, section=found, laws=laws, paragraphs=[p for p in paragraphs if p])


def _add_operations(app: FastAPI, web: _Web) -> None:
    @app.get("/healthz")
    async def health() -> PlainTextResponse:
        return PlainTextResponse("ok")

    @app.get("/readyz")
    async def ready() -> JSONResponse:
        checks = {"knowledge": "" if web.handler.knowledge().rules else "no rules", **web.options.checks()}
        return JSONResponse(checks, 503 if any(checks.values()) else 200)

    @app.get("/metrics")
    async def metrics() -> Response:
        return Response(generate_latest(web.registry), media_type=CONTENT_TYPE_LATEST)
