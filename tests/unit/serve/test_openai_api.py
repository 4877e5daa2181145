"""What a chat request may say: honoured or refused, never ignored."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunewright.core.errors import ConflictError, EngineError, NotFoundError
from tunewright.serve.openai_api import MAX_MESSAGES, ApiError, load_object, parse_chat

USER = {"role": "user", "content": "lost card"}


def request(**fields: Any) -> bytes:
    return json.dumps({"model": "support", "messages": [USER], **fields}).encode()


def refused(body: bytes) -> ApiError:
    with pytest.raises(ApiError) as caught:
        parse_chat(body, max_new_tokens=256)
    assert caught.value.status == 400
    error = caught.value.body()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert error["type"] == "invalid_request_error"
    return caught.value


def test_a_plain_request_has_governed_defaults() -> None:
    asked = parse_chat(request(), max_new_tokens=256)
    assert (asked.model, asked.temperature, asked.max_new_tokens, asked.stream) == (
        "support",
        0.0,
        256,
        False,
    )
    assert [(m.role, m.content) for m in asked.messages] == [("user", "lost card")]


def test_everything_supported_is_read() -> None:
    asked = parse_chat(
        request(
            messages=[
                {"role": "developer", "content": "be brief"},
                {
                    "role": "user",
                    "content": [{"type": "text", "text": "lost "}, {"type": "text", "text": "card"}],
                },
                {"role": "assistant", "content": "report_lost"},
                USER,
            ],
            max_tokens=7,
            temperature=1.5,
            seed=3,
            user="u1",
            stream=True,
            stream_options={"include_usage": True},
            n=1,
            top_p=1.0,
            presence_penalty=0,
            logprobs=False,
            response_format={"type": "text"},
        ),
        max_new_tokens=256,
    )
    assert [m.role for m in asked.messages] == ["system", "user", "assistant", "user"]
    assert asked.messages[1].content == "lost card"
    assert (asked.max_new_tokens, asked.temperature, asked.seed, asked.user) == (7, 1.5, 3, "u1")
    assert asked.stream
    assert asked.include_usage


# LiteLLM CVE-2024-6587 and kin: a request must not choose server, credentials, template or callbacks.
OVERRIDES = [
    "api_base",
    "base_url",
    "api_key",
    "api_version",
    "extra_headers",
    "headers",
    "organization",
    "mock_response",
    "callbacks",
    "success_callback",
    "metadata",
    "custom_llm_provider",
    "chat_template",
    "chat_template_kwargs",
    "add_generation_prompt",
    "tokenize",
    "lora_path",
    "adapter",
    "trust_remote_code",
    "guided_json",
    "prompt_embeds",
    "model_info",
    "fallbacks",
    "__class__",
    "tool_choice",
    "functions",
    "top_k",
]


@pytest.mark.parametrize("field", OVERRIDES)
def test_an_override_field_is_refused_by_name(field: str) -> None:
    error = refused(request(**{field: "http://evil.example"}))
    assert error.param == field
    assert error.code == "unknown_parameter"
    assert "evil" not in error.message


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("n", 2),
        ("n", True),
        ("n", 16384),
        ("top_p", 0.5),
        ("stop", "x"),
        ("tools", [{"type": "function"}]),
        ("logprobs", True),
        ("response_format", {"type": "json_object"}),
        ("presence_penalty", 0.1),
        ("logit_bias", {"1": 5}),
        ("stream_options", {"include_usage": True}),  # without stream
        ("store", True),
    ],
)
def test_what_we_do_not_do_is_refused_not_ignored(field: str, value: object) -> None:
    error = refused(request(**{field: value}))
    assert error.param == field


@pytest.mark.parametrize(
    "fields",
    [
        {"model": None},
        {"model": 3},
        {"model": ""},
        {"model": "x" * 201},
        {"messages": None},
        {"messages": []},
        {"messages": "hi"},
        {"messages": [USER] * (MAX_MESSAGES + 1)},
        {"messages": ["hi"]},
        {"messages": [{"role": "user"}]},
        {"messages": [{"role": "user", "content": 3}]},
        {"messages": [{"role": "tool", "content": "x"}]},
        {"messages": [{"role": "user", "content": "x", "tool_calls": []}]},
        {
            "messages": [
                {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "file:///etc"}}]}
            ]
        },
        {"messages": [{"role": "user", "content": [{"type": "text", "text": "x", "extra": 1}]}]},
        {"messages": [{"role": "assistant", "content": "x"}]},
        {"messages": [USER, USER]},
        {"messages": [USER, {"role": "assistant", "content": "x"}]},
        {"messages": [USER, {"role": "system", "content": "x"}, USER]},
        {"messages": [{"role": "system", "content": "x"}]},
        {"messages": [{"role": "user", "content": "a\u0000b"}]},
        {"max_tokens": 0},
        {"max_tokens": 257},
        {"max_tokens": True},
        {"max_tokens": 1.5},
        {"max_tokens": 4, "max_completion_tokens": 5},
        {"temperature": -0.1},
        {"temperature": 2.1},
        {"temperature": True},
        {"temperature": "hot"},
        {"seed": -1},
        {"seed": 2**63},
        {"seed": 1.5},
        {"user": 7},
        {"user": "u" * 257},
        {"stream": 1},
        {"stream": "true"},
        {"stream": True, "stream_options": {"include_usage": 1}},
        {"stream": True, "stream_options": {"continuous_usage_stats": True}},
    ],
)
def test_bad_values_are_refused(fields: dict[str, Any]) -> None:
    error = refused(request(**fields))
    assert error.param is not None


@pytest.mark.parametrize(
    "fields", [{"max_tokens": 256}, {"max_tokens": 1}, {"temperature": 2}, {"user": "u" * 256}]
)
def test_limits_themselves_are_allowed(fields: dict[str, Any]) -> None:
    parse_chat(request(**fields), max_new_tokens=256)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"x"',
        b"\xff\xfe{}",
        b'{"temperature": NaN}',
        b'{"temperature": Infinity}',
        b'{"model": "a", "model": "b"}',
        b'{"a": ' + b"[" * 200_000 + b"]" * 200_000 + b"}",
        b'{"a": ' + b"9" * 5000 + b"}",
        b'{"model": "m", "messages": [{"role": "user", "content": "\\ud800"}]}',
    ],
)
def test_what_is_not_a_json_object_of_text_is_refused(body: bytes) -> None:
    refused(body)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda x: st.lists(x) | st.dictionaries(st.text(), x),
    )
)
def test_any_json_gives_a_request_or_a_400(value: object) -> None:
    body = json.dumps({"model": "m", "messages": value}).encode("utf-8")
    status = 200
    try:
        parse_chat(body, max_new_tokens=8)
    except ApiError as error:
        status = error.status
    assert status in (200, 400)


@given(st.binary(max_size=200))
def test_any_bytes_give_an_object_or_a_400(body: bytes) -> None:
    status, found = 200, {}
    try:
        found = load_object(body)
    except ApiError as error:
        status = error.status
    assert status in (200, 400)
    assert isinstance(found, dict)


def test_errors_of_the_house_map_to_their_http_status() -> None:
    assert ApiError.of(NotFoundError("no", hint="look")).status == 404
    assert ApiError.of(ConflictError("no", hint="look")).status == 409
    assert ApiError.of(EngineError("no", hint="look")).status == 502
    assert ApiError.of(EngineError("no", hint="look", retryable=True)).status == 503
