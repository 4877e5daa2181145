"""Model names and traffic shares."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunewright.core.errors import ConfigError
from tunewright.flows.config import parse_configuration
from tunewright.serve.openai_api import ApiError
from tunewright.serve.options import ShareOptions
from tunewright.serve.routing import choose_share, names, route, share_point
from tunewright.serve.versions import Placement, Serving


def entry(environment: str, version: str, *, refused: str = "") -> Serving:
    placement = Placement("support", environment, version, "d" + version, "x", 1)
    loaded: Any = None if refused else SimpleNamespace(version=version)
    return Serving(placement, loaded, refused)


SERVING = {
    ("support", "production"): entry("production", "1.1.0"),
    ("support", "staging"): entry("staging", "1.2.0"),
    ("support", "dev"): entry("dev", "1.3.0", refused="the decision does not verify"),
}


def test_the_three_forms_of_a_name() -> None:
    assert route("support", "u", SERVING, {}).version.version == "1.1.0"
    assert route("support:staging", "u", SERVING, {}).version.version == "1.2.0"
    assert route("support@1.2.0", "u", SERVING, {}).environment == "staging"


@pytest.mark.parametrize(
    "name",
    [
        "other",
        "support@9.9.9",
        "support:nowhere",
        "support@",
        "support:",
        "",
        "@",
        ":",
        "../x",
        "support@1.2.0:staging",
    ],
)
def test_unknown_names_are_404(name: str) -> None:
    with pytest.raises(ApiError) as caught:
        route(name, "u", SERVING, {})
    assert (caught.value.status, caught.value.code) == (404, "model_not_found")


@pytest.mark.parametrize("name", ["support:dev", "support@1.3.0"])
def test_a_refused_version_is_503_with_the_reason(name: str) -> None:
    with pytest.raises(ApiError) as caught:
        route(name, "u", SERVING, {})
    assert caught.value.status == 503
    assert "does not verify" in caught.value.message


def test_a_version_refused_in_one_environment_answers_from_another() -> None:
    serving = {**SERVING, ("support", "dev"): entry("dev", "1.2.0", refused="no")}
    assert route("support@1.2.0", "u", serving, {}).environment == "staging"


def shares(first: float) -> list[ShareOptions]:
    return [
        ShareOptions(model="support@1.1.0", percent=first),
        ShareOptions(model="support:staging", percent=100 - first),
    ]


@given(st.text(max_size=30))
def test_a_unit_always_falls_in_the_same_share(unit: str) -> None:
    assert choose_share("support", unit, shares(70)) is not None
    assert choose_share("support", unit, shares(70)) == choose_share("support", unit, shares(70))


def test_shares_are_met_and_moving_the_border_moves_only_whom_it_passes() -> None:
    units = [f"user-{i}" for i in range(20_000)]
    at_90 = {u for u in units if choose_share("support", u, shares(90)).model == "support@1.1.0"}
    at_80 = {u for u in units if choose_share("support", u, shares(80)).model == "support@1.1.0"}
    # Binomial standard deviation is 0.21 %; five of them.
    assert abs(len(at_90) / len(units) - 0.9) < 0.011
    assert at_80 < at_90
    assert abs(len(at_90 - at_80) / len(units) - 0.1) < 0.011


def test_two_public_names_cut_independently() -> None:
    units = [f"user-{i}" for i in range(4000)]
    both = sum(share_point("a", u) < 50 and share_point("b", u) < 50 for u in units)
    assert abs(both / len(units) - 0.25) < 0.035


def test_a_share_routes_and_names_its_variant() -> None:
    found = {route("support", f"u{i}", SERVING, {"support": shares(50)}).variant for i in range(50)}
    assert found == {"support@1.1.0", "support:staging"}


def test_every_name_is_listed_once() -> None:
    listed = names(SERVING, {"mix": shares(50)})
    assert set(listed) == {
        "mix",
        "support",
        "support:production",
        "support:staging",
        "support:dev",
        "support@1.1.0",
        "support@1.2.0",
        "support@1.3.0",
    }


def test_shares_that_do_not_add_up_are_refused_in_the_configuration() -> None:
    text = (
        "model: {name: support}\ndata: {sources: [{path: a.jsonl}]}\n"
        "serve:\n  shares:\n    support:\n      - {model: support@1.0.0, percent: 50}\n"
        "      - {model: support:staging, percent: 40}\n"
    )
    with pytest.raises(ConfigError, match="add up to 90 percent"):
        parse_configuration(text)
