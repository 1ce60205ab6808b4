"""The routes. Nothing of a message is ever logged, counted or put into an address."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import date
from urllib.parse import parse_qs

from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.exceptions import HTTPException

from adapters.answers import AnswerJson, to_json
from adapters.web.faults import STATUS, NotFound, WrongMethod
from adapters.web.metrics import Metrics
from adapters.web.pages import Pages
from adapters.web.parts import Part
from adapters.web.protection import Boundary, Gate, read_body
from adapters.web.reports import ReportPages
from adapters.web.tools import add_tool_pages
from bot.errors import RequestError, TooManyRequests
from bot.model import Answer, Language, Question, SectionId
from bot.ports import Handler, Register

_FORM = "application/x-www-form-urlencoded"
_CONVERSATION = re.compile(r"[A-Za-z0-9-]{1,100}")
#: Sent by our own script, which wants the reply alone instead of the whole page.
_PART = "vejviser-part"


@dataclass(frozen=True, slots=True)
class WebOptions:
    """How the web is served; ``checks`` returns each dependency's fault, or "" where it is fine."""

    language: Language = Language.DANISH
    trust_proxy: bool = False
    per_minute: int = 60
    register: Register | None = None
    reports: ReportPages | None = None
    checks: Callable[[], Mapping[str, str]] = dict


class Ask(BaseModel):
    """A question as it is sent to the API."""

    model_config = ConfigDict(extra="forbid", strict=True)

    text: str
    conversation: str = Field(default="", max_length=100)


class Refusal(BaseModel):
    """Why a request was refused, in the asker's language, and what to do about it."""

    error: str
    message: str
    remedy: str


class _Web:
    """What every route needs."""

    def __init__(self, handler: Handler, options: WebOptions) -> None:
        self.handler = handler
        self.options = options
        self.pages = Pages(handler.knowledge, options.language, has_tools=options.register is not None)
        self.gate = Gate(options.per_minute, trust_proxy=options.trust_proxy)
        self.metrics = Metrics()

    async def answer(self, text: str, conversation: str, *, channel: str) -> Answer:
        began = time.perf_counter()
        question = Question(text, f"{channel}:{conversation}" if conversation else "")
        answer = await run_in_threadpool(self.handler.ask, question)
        self.metrics.answered(answer, channel=channel, seconds=time.perf_counter() - began)
        return answer

    async def refuse(self, request: Request, error: RequestError) -> Response:
        """Return ``error`` as JSON to programs and our script, and as a page to browsers."""
        self.metrics.refused(error.code)
        language = self.pages.language(request)
        fault = self.fault(error, language)
        status = STATUS.get(error.code, 422)
        wants_page = "text/html" in request.headers.get("accept", "") and _PART not in request.headers
        if wants_page and not request.url.path.startswith("/api/"):
            response: Response = self.chat(language, status, fault=fault)
        else:
            response = JSONResponse(fault.model_dump(), status, {"Content-Language": language.value})
        if isinstance(error, TooManyRequests):
            response.headers["Retry-After"] = str(error.retry_after)
        return response

    def fault(self, error: RequestError, language: Language) -> Refusal:
        message, remedy = (self.pages.text(id_, language) for id_ in (error.code, f"{error.code}-remedy"))
        return Refusal(error=error.code, message=message, remedy=remedy)

    def chat(
        self, language: Language, status: int = 200, *, fault: Refusal | None = None, typed: str = "",
        answer: Answer | None = None, conversation: str = "",
    ) -> HTMLResponse:  # fmt: skip
        known = self.handler.knowledge()
        examples = [words.in_language(language) for words in known.lists["examples"]]
        return self.pages.render(
            "chat.html", language, status, examples=examples, fault=fault, typed=typed, answer=answer,
            conversation=conversation or secrets.token_hex(16), sections=known.sections,
        )  # fmt: skip


def create_app(handler: Handler, options: WebOptions | None = None, parts: Sequence[Part] = ()) -> FastAPI:
    """Return the web application around ``handler``, with the routes of every chat platform in ``parts``."""
    web = _Web(handler, options or WebOptions())
    # The viewer of the API's description loads from other hosts, so there is only the description.
    app = FastAPI(title="Vejviser", version="1", docs_url=None, redoc_url=None, lifespan=_lifespan(parts))
    for part in parts:
        app.router.routes.extend(part.routes())
    app.add_middleware(Boundary, refuse=web.refuse)
    _add_refusals(app, web)
    _add_chat(app, web)
    _add_api(app, web)
    _add_guide(app, web)
    if web.options.register is not None:
        add_tool_pages(app, web.pages, web.options.register, date.today)
    if web.options.reports is not None:
        web.options.reports.add_to(app, web.pages, web.handler.knowledge)
    _add_operations(app, web, parts)
    return app


def _lifespan(parts: Sequence[Part]) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def running(_app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for part in parts:
                await part.start()
                stack.push_async_callback(part.stop)
            yield

    return running


def _add_refusals(app: FastAPI, web: _Web) -> None:
    @app.exception_handler(RequestError)
    async def refuse(request: Request, error: RequestError) -> Response:
        return await web.refuse(request, error)

    @app.exception_handler(HTTPException)
    async def explain(request: Request, error: HTTPException) -> Response:
        kinds = {404: NotFound, 405: WrongMethod}
        response = await web.refuse(request, kinds.get(error.status_code, RequestError)("refused by the framework"))
        response.headers.update(error.headers or {})
        return response


def _add_chat(app: FastAPI, web: _Web) -> None:
    @app.get("/", response_class=HTMLResponse, include_in_schema=False)
    async def show(request: Request) -> Response:
        return web.chat(web.pages.language(request))

    @app.post("/", response_class=HTMLResponse, include_in_schema=False)
    async def ask_by_form(request: Request) -> Response:
        web.gate.admit(request)
        form = _fields(await read_body(request, _FORM))
        language, text, conversation = web.pages.language(request), form.get("text", ""), form.get("conversation", "")
        if not _CONVERSATION.fullmatch(conversation):
            conversation = ""
        if _PART in request.headers:
            answer = await web.answer(text, conversation, channel="web")
            sections = web.handler.knowledge().sections
            return web.pages.render("answer.html", answer.lang, answer=answer, conversation="", sections=sections)
        try:
            answer = await web.answer(text, conversation, channel="web")
        except RequestError as error:
            web.metrics.refused(error.code)
            fault = web.fault(error, language)
            return web.chat(language, STATUS.get(error.code, 422), fault=fault, typed=text, conversation=conversation)
        # What is personal in a question is not sent back, not even to the one who typed it.
        shown = "" if answer.personal_data_found else text
        return web.chat(language, answer=answer, typed=shown, conversation=conversation)

    @app.get("/static/{name}", include_in_schema=False)
    async def file(name: str) -> Response:
        if name not in web.pages.assets:
            raise NotFound("no such file")
        return web.pages.assets[name].response()


def _add_api(app: FastAPI, web: _Web) -> None:
    schema = {"application/json": {"schema": Ask.model_json_schema()}}
    refusals: dict[int | str, dict[str, object]] = {status: {"model": Refusal} for status in (413, 415, 422, 429)}

    # The body is read by hand, because the framework would hold all of it before looking at its size.
    @app.post(
        "/api/ask", responses=refusals, openapi_extra={"requestBody": {"required": True, "content": schema}}
    )  # fmt: skip
    async def ask(request: Request, response: Response) -> AnswerJson:
        """Answer one question; messages with the same ``conversation`` are understood together for ten minutes."""
        web.gate.admit(request)
        body = await read_body(request, "application/json")
        try:
            question = Ask.model_validate_json(body)
        except ValidationError as error:
            raise RequestError("the body is no question") from error
        answer = await web.answer(question.text, question.conversation, channel="api")
        response.headers["Content-Language"] = answer.lang.value
        return to_json(answer)


def _fields(body: bytes) -> Mapping[str, str]:
    try:
        fields = parse_qs(body.decode("utf-8", "replace"), errors="replace", max_num_fields=10)
    except ValueError as error:
        raise RequestError("the form has too many fields") from error
    return {name: values[0].replace("\r\n", "\n") for name, values in fields.items()}


def _add_guide(app: FastAPI, web: _Web) -> None:
    @app.get("/guide", response_class=HTMLResponse, include_in_schema=False)
    async def contents(request: Request) -> Response:
        return _contents(web, web.pages.language(request))

    @app.get("/guide/{section_id}", response_class=HTMLResponse, include_in_schema=False)
    async def section(request: Request, section_id: str) -> Response:
        language = web.pages.language(request)
        knowledge = web.handler.knowledge()
        found = knowledge.sections.get(SectionId(section_id))
        if found is None:
            web.metrics.refused(NotFound.code)
            return _contents(web, language, 404)
        laws = [knowledge.statutes[id_].in_language(language) for id_ in found.law]
        paragraphs = [line for line in found.summary.in_language(language).split("\n") if line.strip()]
        return web.pages.render("section.html", language, section=found, laws=laws, paragraphs=paragraphs)


def _contents(web: _Web, language: Language, status: int = 200) -> HTMLResponse:
    chapters: dict[str, list[object]] = {}
    for section in web.handler.knowledge().sections.values():
        chapter = section.path.in_language(language).partition(" › ")[0]
        chapters.setdefault(chapter, []).append(section)
    return web.pages.render("guide.html", language, status, chapters=chapters, missing=status == 404)


def _add_operations(app: FastAPI, web: _Web, parts: Sequence[Part]) -> None:
    @app.get("/healthz")
    async def health() -> PlainTextResponse:
        """Say that the process is up."""
        return PlainTextResponse("ok")

    @app.get("/readyz")
    async def ready() -> JSONResponse:
        """Say of each thing that answers depend on what is wrong with it; 503 where anything is."""
        checks = {"knowledge": "" if web.handler.knowledge().rules else "no rules", **web.options.checks()}
        for part in parts:
            checks.update(part.checks())
        return JSONResponse(checks, 503 if any(checks.values()) else 200)

    @app.get("/metrics")
    async def metrics() -> Response:
        """Return what is counted, in Prometheus' text format."""
        return Response(web.metrics.exposition(), media_type=CONTENT_TYPE_LATEST)
