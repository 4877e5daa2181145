"""Every page of the console and the roles it is for: the one place that says who may do what."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tunewright.web.ask import Answer, Ask
from tunewright.web.pages import audit, examples, home, lineage, people, review, sampling, sign_in, snapshots

ANYBODY: None = None
SIGNED_IN: tuple[str, ...] = ()
DECIDING = ("reviewer", "approver")
READING = ("reviewer", "expert", "approver", "auditor")
WATCHING = ("auditor", "admin")
EXPERTS = ("expert",)
ADMINS = ("admin",)


@dataclass(frozen=True, slots=True)
class Entry:
    """One page."""

    method: str
    path: str
    page: Callable[[Ask], Answer]
    roles: tuple[str, ...] | None
    """None: anybody; empty: whoever is signed in; else one of these"""


ROUTES: tuple[Entry, ...] = (
    Entry("GET", "/sign-in", sign_in.form, ANYBODY),
    Entry("POST", "/sign-in", sign_in.enter, ANYBODY),
    Entry("POST", "/sign-out", sign_in.leave, SIGNED_IN),
    Entry("GET", "/account", sign_in.account, SIGNED_IN),
    Entry("POST", "/account/password", sign_in.change_password, SIGNED_IN),
    Entry("GET", "/", home.home, SIGNED_IN),
    Entry("GET", "/help", home.keys, SIGNED_IN),
    Entry("GET", "/review", review.queue, DECIDING),
    Entry("POST", "/review/undo", review.undo, DECIDING),
    Entry("GET", "/review/{key}", review.finding, DECIDING),
    Entry("POST", "/review/{key}/decide", review.decide, DECIDING),
    Entry("GET", "/snapshots", snapshots.listing, READING),
    Entry("GET", "/snapshots/{version}", snapshots.life, READING),
    Entry("GET", "/snapshots/{version}/report", snapshots.report, READING),
    Entry("GET", "/snapshots/{version}/diff", snapshots.difference, READING),
    Entry("GET", "/examples", examples.queue, EXPERTS),
    Entry("GET", "/examples/life", lineage.life, READING),
    Entry("GET", "/examples/{id}", examples.example, EXPERTS),
    Entry("POST", "/examples/{id}/judge", examples.judge, EXPERTS),
    Entry("POST", "/examples/{id}/undo", examples.undo, EXPERTS),
    Entry("GET", "/sampling", sampling.next_one, EXPERTS),
    Entry("POST", "/sampling/draw", sampling.draw, EXPERTS),
    Entry("POST", "/sampling/answer", sampling.answer, EXPERTS),
    Entry("POST", "/sampling/estimate", sampling.estimate, EXPERTS),
    Entry("GET", "/why-not", lineage.why_not, READING),
    Entry("GET", "/lineage", lineage.start, READING),
    Entry("GET", "/lineage/{key}", lineage.thing, READING),
    Entry("GET", "/audit", audit.listing, WATCHING),
    Entry("GET", "/audit/events/{seq}", audit.event, WATCHING),
    Entry("POST", "/audit/verify", audit.verify, WATCHING),
    Entry("GET", "/audit/download", audit.download, WATCHING),
    Entry("GET", "/people", people.listing, WATCHING),
    Entry("POST", "/people/disable", people.shut_out, ADMINS),
    Entry("POST", "/people/enable", people.let_in, ADMINS),
    Entry("POST", "/people/end-sessions", people.end_sessions, ADMINS),
)


def allowed(entry: Entry, roles: Iterable[str]) -> bool:
    """Whether somebody with these roles (signed in) may open the page."""
    return not entry.roles or bool(set(entry.roles) & set(roles))
