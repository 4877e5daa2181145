"""How the life of an example looks on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from tunewright.flows.life import Life, TurnStory

from tunewright.cli.data_view import COLOURS

_TEXT = 2000


def print_life(console: Console, story: Life, limit: int) -> None:
    """One section a chapter; ``limit`` relatives and findings at most."""
    from rich.text import Text

    title = Text(f"{story.id[:12] or 'no example'}  {story.birth.row}  ", style="bold")
    title.append(story.outcome, style=COLOURS.get(story.outcome, ""))
    where = f" ({story.split})" if story.split else ""
    title.append(f" in {story.told_of.name}@{story.told_of.version}{where}")
    console.print(title)
    _birth(console, story)
    _steps(console, story)
    _text(console, story)
    _findings(console, story, limit)
    _review(console, story)
    _relatives(console, story, limit)
    _lived_in(console, story)
    console.print(
        Text(f"{story.exchanges} answers given by these models; {story.wall_ms:.0f} ms", style="dim")
    )


def _review(console: Console, story: Life) -> None:
    """When a person last looked at it."""
    age = story.review
    if age is not None:
        said = (
            f"{age.how} of {age.at[:10]}"
            if age.how != "never"
            else f"never; came {age.at or 'nobody knows when'}"
        )
        days = "" if age.age_days is None else f", {age.age_days:,} days ago"
        _heading(console, "Looked at by a person")
        _line(console, f"{said}{days}{'; due' if age.due else ''}", "yellow" if age.due else "")


def _heading(console: Console, text: str) -> None:
    from rich.text import Text

    console.print(Text(text, style="bold"))


def _line(console: Console, text: str, style: str = "") -> None:
    from rich.text import Text

    console.print(Text(f"  {text}", style=style))


def _birth(console: Console, story: Life) -> None:
    birth = story.birth
    _heading(console, "Came from")
    if birth.source is None:
        _line(console, "no source: it was made by a step")
    else:
        _line(console, f"source {birth.source.name}@{birth.source.version}  {birth.source.digest[:12]}")
    place = [f"row {birth.number}" if birth.number else "", birth.file]
    if birth.start >= 0:
        place.append(f"bytes {birth.start}-{birth.start + birth.size_bytes}")
    told = [part for part in place if part]
    if told:
        _line(console, ", ".join(told), "dim")
    for name, value in birth.about.items():
        _line(console, f"{name.replace('_', ' ')}: {value}")
    for name, text in (
        ("received at", birth.received_at),
        ("person", birth.subject),
        ("thread", birth.thread),
    ):
        if text:
            _line(console, f"{name}: {text}")


def _steps(console: Console, story: Life) -> None:
    _heading(console, "Steps that did something" if story.steps else "No step did anything to it")
    for step in story.steps:
        evidence = f": {step.evidence}" if step.evidence else ""
        beside = f", beside {step.of}" if step.of else ""
        version = f"@{step.version}" if step.version else ""
        _line(console, f"{step.step}{version} {step.action} {step.reason}{evidence}{beside}")


def _text(console: Console, story: Life) -> None:
    said = {"read": "Text, from the recorded source to the snapshot", "same": "Text, as the source gave it"}
    gone = "Text in the snapshot (the source no longer holds the original)"
    if story.original == "erased":
        _heading(console, "Its text was erased")
    if story.turns:
        _heading(console, said.get(story.original, gone))
    for turn in story.turns:
        console.print(_turn(turn))


def _turn(turn: TurnStory) -> Text:
    """Words that went in ``[-...-]``, words that came in ``{+...+}``, as ``git diff --word-diff`` writes them."""
    from rich.text import Text

    text = Text(f"  {turn.role}: ")
    if not turn.pieces:
        return text.append(_cut(turn.after or turn.before))
    for piece in turn.pieces:
        if piece.what == "gone":
            text.append(f"[-{_cut(piece.text)}-]", style="red")
        elif piece.what == "new":
            text.append(f"{{+{_cut(piece.text)}+}}", style="green")
        else:
            text.append(_cut(piece.text))
    return text


def _cut(text: str) -> str:
    return text if len(text) <= _TEXT else f"{text[:_TEXT]} … ({len(text) - _TEXT} more characters)"


def _findings(console: Console, story: Life, limit: int) -> None:
    if story.findings:
        _heading(console, "Findings")
    for found in story.findings[:limit]:
        place = f"turn {found.turn}, characters {found.start}-{found.end}"
        _line(console, f"{found.kind} ({found.confidence:.2f} by {found.found_by}) at {place}: {found.state}")
        if found.note:
            _line(console, f"  {found.note}", "dim")
        if found.decision:
            note = f": {found.decision_note}" if found.decision_note else ""
            _line(console, f"  {found.decision} by {found.decided_by}, {found.decided_at[:19]}{note}")
    _more(console, len(story.findings) - limit)
    if story.judgements:
        _heading(console, "Judged by experts")
    for said in story.judgements:
        rating = f", rated {said.rating}" if said.rating is not None else ""
        note = f": {said.note}" if said.note else ""
        _line(console, f"{said.verdict}{rating} by {said.actor}, {said.at[:19]}{note}")


def _relatives(console: Console, story: Life, limit: int) -> None:
    if story.relatives:
        _heading(console, "Relatives")
    for one in story.relatives[:limit]:
        reason = f" ({one.reason})" if one.reason else ""
        _line(console, f"{one.relation}: {one.row}  {one.example[:12]}{reason}")
    _more(console, len(story.relatives) - limit)


def _more(console: Console, count: int) -> None:
    if count > 0:
        _line(console, f"and {count} more (--limit, --json)", "dim")


def _lived_in(console: Console, story: Life) -> None:
    _heading(console, "Snapshots")
    for home in story.snapshots:
        why = f" by {home.step}" if home.step else ""
        reasons = f" ({', '.join(home.reasons)})" if home.reasons else ""
        split = f", split {home.split}" if home.split else ""
        runs = f", trained on by {', '.join(f'{r.name}@{r.version}' for r in home.runs)}" if home.runs else ""
        _line(
            console,
            f"{home.snapshot.name}@{home.snapshot.version}: {home.outcome}{why}{reasons}{split}{runs}",
        )
    if story.models:
        _heading(console, "Models")
    for model in story.models:
        use = "trained on" if model.trained_on else "chosen by it" if model.chosen_by else "measured on it"
        where = f", serves in {', '.join(model.serves_in)}" if model.serves_in else ""
        _line(console, f"{model.model.name}@{model.model.version}: {use}{where}, {model.exchanges} answers")
