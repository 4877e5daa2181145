"""The real ``openai`` client against a real server: what it sends is taken, what we answer it understands."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fixtures.gateways import MODEL, EchoLoader, Served, point, served, subject_digest
from tunewright.engines.generate.echo import EchoGenerator
from tunewright.store.project import Project

openai = pytest.importorskip("openai")


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Served]:
    with Project.create(tmp_path / "bank", actor="tester") as project:
        point(project, "production", "1.2.0")
        generator = EchoGenerator({"I lost my card": '{"intent": "lost_card", "tone": "ünïcode 🙂"}'})
        with served(project, EchoLoader(make=lambda placement: generator)) as running:
            yield running


@pytest.fixture
def client(gateway: Served) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{gateway.url}/v1", api_key=gateway.key, max_retries=0) as made:
        yield made


ASKED = [{"role": "user", "content": "I lost my card"}]


def test_a_whole_answer(client: openai.OpenAI, gateway: Served) -> None:
    answer = client.chat.completions.create(
        model=MODEL, messages=ASKED, temperature=0, max_tokens=20, seed=1, user="u1", n=1
    )
    assert answer.choices[0].message.content == '{"intent": "lost_card", "tone": "ünïcode 🙂"}'
    assert answer.choices[0].finish_reason == "stop"
    assert answer.model == f"{MODEL}@1.2.0"
    assert answer.usage is not None
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
    assert answer.model_extra is not None
    assert answer.model_extra["tunewright"]["adapter"] == subject_digest("1.2.0")
    assert gateway.rows()[0]["id"] == answer.id


def test_a_stream_with_usage(client: openai.OpenAI) -> None:
    stream = client.chat.completions.create(
        model=MODEL, messages=ASKED, stream=True, stream_options={"include_usage": True}
    )
    chunks = list(stream)
    said = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert said == '{"intent": "lost_card", "tone": "ünïcode 🙂"}'
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.completion_tokens > 0
    assert chunks[-2].choices[0].finish_reason == "stop"


def test_the_stream_helper_and_raw_headers(client: openai.OpenAI) -> None:
    with client.chat.completions.stream(model=MODEL, messages=ASKED) as stream:
        final = stream.get_final_completion()
    assert final.choices[0].message.content is not None
    assert final.choices[0].message.content.startswith('{"intent"')
    raw = client.chat.completions.with_raw_response.create(model=MODEL, messages=ASKED)
    assert raw.headers["x-tunewright-version"] == "1.2.0"
    assert raw.headers["x-request-id"].startswith("req-")


def test_models(client: openai.OpenAI) -> None:
    listed = [model.id for model in client.models.list()]
    assert MODEL in listed
    assert client.models.retrieve(f"{MODEL}@1.2.0").id == f"{MODEL}@1.2.0"


def test_errors_arrive_as_the_client_s_own_classes(client: openai.OpenAI, gateway: Served) -> None:
    ask = client.chat.completions.create
    with pytest.raises(openai.NotFoundError) as missing:
        ask(model="none", messages=ASKED)
    assert missing.value.code == "model_not_found"
    with pytest.raises(openai.BadRequestError) as bad:
        ask(model=MODEL, messages=ASKED, n=2)
    assert bad.value.param == "n"
    with pytest.raises(openai.BadRequestError):
        ask(model=MODEL, messages=ASKED, extra_body={"api_base": "http://evil.example"})
    with openai.OpenAI(base_url=f"{gateway.url}/v1", api_key="sk-wrong", max_retries=0) as stranger:
        with pytest.raises(openai.AuthenticationError) as denied:
            stranger.models.list()
        assert denied.value.code == "invalid_api_key"


def test_the_async_client_under_concurrency(gateway: Served) -> None:
    import asyncio

    async def run() -> list[str]:
        async with openai.AsyncOpenAI(
            base_url=f"{gateway.url}/v1", api_key=gateway.key, max_retries=0
        ) as made:
            answers = await asyncio.gather(
                *(
                    made.chat.completions.create(
                        model=MODEL, messages=[{"role": "user", "content": f"question {i}"}]
                    )
                    for i in range(50)
                )
            )
        return [answer.choices[0].message.content or "" for answer in answers]

    assert asyncio.run(run()) == [f"question {i}" for i in range(50)]
    assert len(gateway.rows()) == 50
