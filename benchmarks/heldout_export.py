"""A second messy export, made to be held out: it is frozen, and no rule of the product may be tuned on it.

Run ``python benchmarks/heldout_export.py OUT --seed 7 --rows 6000``. An imaginary energy and water utility with a
hospital-supply arm answers its customers. OUT gets ``cases.csv`` (semicolons), ``webform.tsv``, ``livechat.jsonl``
(chat messages), ``triage.jsonl`` (prompt and completion; classification), ``staffroom.jsonl`` (off topic),
``golden.jsonl`` and ``TRUTH.jsonl``. Truth is as in raw-bank, ends exclusive. ``turn`` gives the message's index where a
span isn't in the first customer message (in the flat sources 0 is the customer's text and 1 the reply). Three keys more:
``secrets``, ``hard_negatives`` (in clean rows: what looks like personal data and isn't) and ``note`` (the variant).
"""

from __future__ import annotations

import argparse
import csv
import json
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import heldout_phrases as ph
import heldout_values as val
from heldout_text import FREE, SOURCE_WEIGHTS, Maker, Row, mark, plain_text, split_marks

SHARES = {
    "exact_duplicate": 0.022, "near_duplicate": 0.022, "pii": 0.025, "secret": 0.018, "wrong_language": 0.018,
    "empty_reply": 0.018, "truncated_reply": 0.018, "mojibake": 0.018, "gibberish": 0.018, "repetition": 0.018,
    "bad_label": 0.018, "toxic": 0.018, "prompt_injection": 0.018, "stale": 0.018, "off_topic": 0.018,
    "boilerplate": 0.018, "contaminates_golden": 0.018, "conflict": 0.018,
}  # fmt: skip
# The share of a defect's rows that hold personal data besides.
RIDERS = {"secret": 0.2, "wrong_language": 0.3, "empty_reply": 0.2, "truncated_reply": 0.2, "toxic": 0.2,
          "prompt_injection": 0.2, "boilerplate": 0.25}  # fmt: skip
ONE_SOURCE = {"bad_label": ["triage"]}
NOT_TRIAGE = {"repetition", "conflict"}
COMPANIONS = {"PERSON": 0.45, "PHONE": 0.3, "ADDRESS": 0.25, "EMAIL": 0.22}
TSV_COLUMNS = "ref,received,channel,question,response,region"
STALE_CATEGORIES = ph.words(
    "tariff_switch,payment_plan,portal_login,account_details,tariff_switch,refund_credit,portal_login,bill_query"
)


def add_personal(maker: Maker, row: Row) -> None:
    """Put one to four pieces of personal data into the customer's words, the next type of the round among them."""
    rng, culture = maker.rng, maker.rng.choice(list(ph.NAMES))
    kinds = [val.FOCUS[maker.focus % len(val.FOCUS)]]
    maker.focus += 1
    national = (rng.choice(list(val.NATIONAL)), 0.12)
    for kind, chance in [*COMPANIONS.items(), *((other, 0.05) for other in val.OTHERS), national]:
        if kind not in kinds and rng.random() < chance:
            kinds.append(kind)
    rng.shuffle(kinds)
    turn = 2 if len(row.turns) == 4 and rng.random() < 0.5 else 0
    row.defects.append("pii")
    if rng.random() < 0.12:
        form = "⏎".join(f"{ph.FORM_LABELS[k]}: {{{k}}}" for k in kinds)
        row.turns[turn] += "\n\n" + maker.fill(form, culture)
        row.note = row.note or "form"
        return
    for kind in kinds:
        sentence = rng.choice(ph.CARRIERS[kind]["."])
        row.turns[turn] = maker.insert(row.turns[turn], maker.fill(sentence, culture))
    named = re.search("\ue000(pii:PERSON:[^\ue001]*)\ue001([^\ue002]*)\ue002", row.turns[turn])
    if (
        named
        and row.source in FREE
        and rng.random() < 0.25
        and row.defects[0] not in {"empty_reply", "truncated_reply"}
    ):
        row.turns[-1] = f"Dear {mark(named[1], named[2])}, {row.turns[-1]}"


def secret(maker: Maker, row: Row) -> None:
    """A key or password, in the customer's words or at times in the reply."""
    group, kind, text = val.secret(maker.rng, maker.secrets)
    maker.secrets += 1
    held = mark(f"sec:{kind}", text)
    if kind == "PASSWORD" and row.source in FREE and maker.rng.random() < 0.4:
        row.turns[-1] += (
            f" {maker.fill('[We set|Please use] the temporary password')} {held} until you change it."
        )
        return
    sentence = maker.fill(maker.rng.choice(ph.SECRET_CARRIERS[group]["."]))
    row.turns[0] = maker.insert(row.turns[0], sentence.replace("{SECRET}", held))


def wrong_language(maker: Maker, row: Row) -> None:
    """The whole message in another language; the reply in it or in English."""
    rng, name = maker.rng, maker.rng.choice(list(ph.LANGUAGES))
    data = ph.LANGUAGES[name]

    def text() -> str:
        category, core = rng.choice(data["?"]).split(": ", 1)
        row.category = category
        extra = rng.sample(data["&"], rng.choice([1, 1, 2, 3]))
        return maker.fill(" ".join([rng.choice(data["<"]), core, *extra, rng.choice(data[">"])]))

    row.turns[0], row.note = maker.distinct(text), name
    row.turns[-1] = maker.answer(row.source, row.category)
    if row.source in FREE and rng.random() < 0.5:
        row.turns[-1] = maker.fill(rng.choice(data["*"]))
    if rng.random() < RIDERS["wrong_language"]:
        row.defects.append("pii")
        for sentence in rng.sample(data["%"], rng.choice([1, 1, 2])):
            row.turns[0] = maker.insert(row.turns[0], maker.fill(sentence))


def empty_reply(maker: Maker, row: Row) -> None:
    """A reply that says nothing."""
    blank = (
        ph.EMPTY_REPLIES
        if row.source in FREE
        else ["", "", "{}", '{"category": ""}', '{"category": null}', "null"]
    )
    row.turns[-1] = maker.rng.choice(blank)


def truncated_reply(maker: Maker, row: Row) -> None:
    """A reply cut in mid-sentence."""
    text = plain_text(row.turns[-1])
    size = int(len(text) * maker.rng.uniform(0.3, 0.85))
    while any(c in ".?!" for c in text[size - 4 : size + 1]):  # never at the end of a sentence
        size -= 1
    cut = text[:size].rstrip(" ,;:")
    row.turns[-1] = cut + maker.rng.choice(["", "", "", "", " [...]"] if row.source in FREE else [""])


def garbled(maker: Maker, text: str) -> tuple[str, str]:
    """The variant's name and a text whose encoding went wrong in that way."""
    rng = maker.rng
    text = text.replace("'", "’").replace("GBP", "£")
    text = maker.insert(text, plain_text(maker.fill(rng.choice(ph.ACCENTED))))

    def wrong(part: str) -> str:
        return "".join(bytes([b]).decode("cp1252", "ignore") or chr(b) for b in part.encode())

    kind = rng.choice(["double", "double", "triple", "mix", "lost", "question"])
    if kind == "double":
        return kind, wrong(text)
    if kind == "triple":
        return kind, wrong(wrong(text))
    if kind == "mix":
        words = text.split(" ")
        return kind, " ".join(wrong(w) if rng.random() < 0.6 or "’" in w else w for w in words)
    bad = "\ufffd" if kind == "lost" else "?"
    times = rng.choice([1, 2, 3])
    lost = "".join(bad * times if ord(c) > 127 else c for c in text)
    return kind, "".join(bad if c in "aeo" and rng.random() < 0.06 else c for c in lost)


def mojibake(maker: Maker, row: Row) -> None:
    """Letters read in the wrong encoding, in the message, the reply or both."""
    side = maker.rng.choice(["message", "message", "reply", "both"]) if row.source in FREE else "message"
    for turn in [0] * (side != "reply") + [-1] * (side != "message"):
        row.note, row.turns[turn] = garbled(maker, plain_text(row.turns[turn]))


def gibberish(maker: Maker, row: Row) -> None:
    """Keys mashed, random tokens or a repeated character instead of a message or a reply."""
    rng = maker.rng
    rows = ["qwertyuiop", "asdfghjkl", "zxcvbnm", "poiuytrewq", "lkjhgfdsa"]

    def mash() -> str:
        return " ".join(
            "".join(rng.choice(rng.choice(rows)[:6]) for _ in range(rng.randint(3, 14)))
            for _ in range(rng.randint(2, 9))
        )

    makers: list[tuple[str, Callable[[], str]]] = [
        ("mash", mash),
        ("run", lambda: " ".join(rng.choice(rows)[: rng.randint(3, 10)] for _ in range(rng.randint(2, 8)))),
        (
            "tokens",
            lambda: " ".join(val.chars(rng, val.ALNUM, rng.randint(2, 9)) for _ in range(rng.randint(4, 16))),
        ),
        (
            "repeated",
            lambda: " ".join(
                rng.choice("aehjkxz?!.;") * rng.randint(6, 40) for _ in range(rng.randint(1, 4))
            ),
        ),
        ("symbols", lambda: val.chars(rng, "#@%&*~^|<>$§ ;:/", rng.randint(12, 60))),
        (
            "consonants",
            lambda: " ".join(
                val.chars(rng, "bcdfghjklmnpqrstvwxz", rng.randint(3, 9)) for _ in range(rng.randint(3, 12))
            ),
        ),
    ]
    row.note, make = rng.choice(makers)
    turn = -1 if row.source in FREE and rng.random() < 0.25 else 0
    row.turns[turn] = make()


def repetition(maker: Maker, row: Row) -> None:
    """A reply that goes round in a loop."""
    rng, text = maker.rng, plain_text(row.turns[-1])
    words, kind = text.split(), rng.choice(["tail", "phrase", "whole", "words"])
    sentences = re.split(r"(?<=[.?!]) ", text)
    loops = {
        "tail": " ".join([*sentences, *sentences[-1:] * rng.randint(4, 10)]),
        "phrase": f"{sentences[0]} " + " ".join([maker.fill(rng.choice(ph.LOOPS))] * rng.randint(6, 20)),
        "whole": " ".join([text] * rng.randint(3, 6)),
        "words": " ".join(
            words[: len(words) // 2]
            + words[len(words) // 2 : len(words) // 2 + rng.randint(1, 4)] * rng.randint(6, 15)
        ),
    }
    row.note, row.turns[-1] = kind, loops[kind]


def bad_label(maker: Maker, row: Row) -> None:
    """The category of another request."""
    other = maker.rng.choice([c for c in ph.CATEGORIES if c != row.category])
    row.turns[-1] = json.dumps({"category": other})


def toxic(maker: Maker, row: Row) -> None:
    """Insults by the customer or, less often, by the agent."""
    side = maker.rng.random() < 0.35 and row.source in FREE
    phrases, turn = (ph.TOXIC_REPLY, -1) if side else (ph.TOXIC_MESSAGE, 0)
    for phrase in maker.rng.sample(phrases, maker.rng.choice([1, 1, 2])):
        said = maker.fill(phrase)
        row.turns[turn] = maker.insert(row.turns[turn], said.upper() if maker.rng.random() < 0.15 else said)
    row.note = "reply" if side else "message"


def prompt_injection(maker: Maker, row: Row) -> None:
    """Orders to the model in the customer's message."""
    phrase = maker.fill(maker.rng.choice(ph.INJECTIONS))
    where = maker.rng.choice([None, 1.0, 1.0, 1.0, 0.0])
    alone = maker.rng.random() < 0.15 and "pii" not in row.defects
    gap = "\n\n" if phrase[0] in "<>-#" else ""
    row.turns[0] = phrase if alone else maker.insert(row.turns[0], gap + phrase, 1.0 if gap else where)


def stale(maker: Maker, row: Row) -> None:
    """Tariffs, portals and years of the past told as if they held now."""
    if row.source not in FREE or maker.rng.random() < 0.4:
        at = maker.rng.randrange(len(STALE_CATEGORIES))
        row.category, row.note = STALE_CATEGORIES[at], "message"
        details = ph.CATEGORIES[row.category]["&"]
        row.turns[0] = maker.distinct(lambda: maker.compose(ph.STALE["?"][at], details, "gb"))
    if row.source not in FREE:
        row.turns[-1] = maker.answer("triage", row.category)
    else:
        row.note = row.note or "reply"
        row.turns[-1] = maker.reply(" ".join(maker.rng.sample(ph.STALE[">"], maker.rng.choice([1, 1, 2]))))


def boilerplate(maker: Maker, row: Row) -> None:
    """A legal footer far longer than what it stands under."""
    rng = maker.rng
    turn = -1 if row.source in FREE and rng.random() < 0.35 else 0
    own, footer = len(plain_text(row.turns[turn])), list[str]()
    for sentence in rng.sample(ph.BOILERPLATE, len(ph.BOILERPLATE)):
        footer.append(sentence)
        if len(footer) > 4 and sum(map(len, footer)) > 2.5 * own:
            break
    row.turns[turn] += rng.choice(["\n\n", "\n--\n", " *** ", "\n\nDISCLAIMER: "]) + " ".join(footer)


PLANTS: dict[str, Callable[[Maker, Row], None]] = {
    "secret": secret, "wrong_language": wrong_language, "empty_reply": empty_reply, "truncated_reply": truncated_reply,
    "mojibake": mojibake, "gibberish": gibberish, "repetition": repetition, "bad_label": bad_label, "toxic": toxic,
    "prompt_injection": prompt_injection, "stale": stale, "boilerplate": boilerplate,
}  # fmt: skip


def duplicate(maker: Maker, row: Row, defect: str) -> Row:
    """A copy of a clean row: the same, lightly changed, or with a contrary answer."""
    rng = maker.rng
    turns = [plain_text(t) for t in row.turns]
    copy = Row(row.source, row.category, turns, [defect], row, row.system)
    if defect == "exact_duplicate":
        if row.source in FREE and len(turns) == 2 and rng.random() < 0.25:
            copy.source, copy.note = rng.choice([s for s in FREE if s != row.source]), "other source"
        return copy
    if defect == "conflict":
        copy.note = rng.choice(["same question", "edited question"])
        turns[0] = maker.light_edit(turns[0], 0.05) if copy.note == "edited question" else turns[0]
        turns[-1] = plain_text(maker.reply(ph.CATEGORIES[row.category]["<"][0]))
        return copy
    sentences = re.split(r"(?<=[.?!]) ", turns[0])
    ways = ["edit", "edit", "edit", "signature"] + ["reorder", "reorder and edit"] * (len(sentences) > 2)
    copy.note = rng.choice(ways)
    if "reorder" in copy.note:
        k = rng.randint(1, len(sentences) - 1)
        turns[0] = " ".join(sentences[k:] + sentences[:k])
    if "edit" in copy.note:
        turns[0] = maker.light_edit(turns[0], rng.uniform(0.01, 0.1))
    if copy.note == "signature":
        turns[0] += "\n\n" + maker.fill(rng.choice(ph.SIGNATURES), rng.choice(list(ph.NAMES)))
        copy.defects += ["pii"] * ("\ue000pii" in turns[0])
    elif rng.random() < 0.3:
        turns[-1] = plain_text(maker.answer(row.source, row.category))
    return copy


def contaminate(maker: Maker, item: dict[str, Any]) -> Row:
    """A golden item, as it stands or lightly edited, in the training data."""
    source = "triage" if item["tags"][0] == "classify" else maker.rng.choice(FREE)
    edited = maker.rng.random() < 0.5
    text = maker.light_edit(item["input"], maker.rng.uniform(0.02, 0.08)) if edited else item["input"]
    note = "edited" if edited else "copied"
    return Row(
        source, item["tags"][1], [text, item["reference"]], ["contaminates_golden"], item["id"], note=note
    )


def off_topic(maker: Maker, inside: bool) -> Row:
    """Chatter, in the staff's file or among the customers' records."""
    pool = ph.OFF_TOPIC if inside else ph.OFF_TOPIC_OUTSIDE + ph.OFF_TOPIC[:12]
    said = maker.distinct(lambda: maker.fill(maker.rng.choice(pool)), 0.7)
    message, answer = said.split(" ⇒ ")
    return Row("staffroom" if inside else maker.rng.choice(FREE), "", [message, answer], ["off_topic"])


def golden_items(maker: Maker, count: int) -> list[dict[str, Any]]:
    """The golden set, from phrasings that training rows never use."""
    items = []
    names = list(ph.CATEGORIES)
    for i in range(count):
        kind, category = ("classify" if i % 5 < 2 else "answer"), names[i % len(names)]
        asked = plain_text(maker.request(category, "!"))
        reference = plain_text(maker.answer("triage" if kind == "classify" else "cases", category))
        items.append({"id": f"H{i + 1:04}", "input": asked, "reference": reference, "tags": [kind, category]})
    return items


def make_rows(maker: Maker, golden: list[dict[str, Any]], total: int) -> list[Row]:
    """All rows, in writing order within each source."""
    rng, counts = maker.rng, {d: round(s * total) for d, s in SHARES.items()}
    everywhere = [*FREE, "triage"]
    rows: list[Row] = []
    for defect, plant in PLANTS.items():
        sources = ONE_SOURCE.get(defect, FREE if defect in NOT_TRIAGE else everywhere)
        for _ in range(counts[defect]):
            row = maker.fresh(sources, short=defect in {"wrong_language", "stale", "gibberish"})
            row.defects.append(defect)
            if defect != "wrong_language" and rng.random() < RIDERS.get(defect, 0):
                add_personal(maker, row)
            plant(maker, row)
            rows.append(row)
    for _ in range(counts["pii"]):
        row = maker.fresh(everywhere)
        add_personal(maker, row)
        rows.append(row)
    chatter = [off_topic(maker, i % 4 > 0) for i in range(counts["off_topic"])]
    taken = rng.choices(golden, k=counts["contaminates_golden"])
    rows += chatter + [contaminate(maker, item) for item in taken]
    copies = {d: counts[d] for d in ("exact_duplicate", "near_duplicate", "conflict")}
    clean = [maker.fresh(everywhere) for _ in range(total - len(rows) - sum(copies.values()))]
    rows += clean
    rng.shuffle(rows)
    originals = iter(rng.sample([r for r in clean if len(plain_text(r.turns[0])) > 60], len(clean) // 2))
    for defect, count in copies.items():
        for _ in range(count):
            original = next(o for o in originals if defect != "conflict" or o.source in FREE)
            rows.insert(rng.randint(rows.index(original) + 1, len(rows)), duplicate(maker, original, defect))
    return rows


def truth_of(row: Row) -> dict[str, Any]:
    """What is known of a row."""
    out: dict[str, Any] = {"source": row.source, "record": row.record, "defects": row.defects, "pii": []}
    out["of"] = row.of.record if isinstance(row.of, Row) else row.of
    found: dict[str, list[dict[str, Any]]] = {"pii": out["pii"], "sec": [], "neg": []}
    for i, text in enumerate(row.turns):
        for label, start, end, value in split_marks(text)[1]:
            group, kind, *detail = label.split(":")
            span: dict[str, Any] = {"type": kind, "start": start, "end": end, "text": value}
            if detail and detail[0] != kind:
                span["kind"] = detail[0]
            if i:
                span["turn"] = i + bool(row.system)
            found[group].append(span)
    if isinstance(row.of, Row) and row.of.source != row.source:
        out["of_source"] = row.of.source
    extra = {"secrets": found["sec"], "hard_negatives": [] if row.defects else found["neg"], "note": row.note}
    return out | {k: v for k, v in extra.items() if v}


def write_table(path: Path, maker: Maker, rows: list[Row]) -> None:
    """Write the semicolon CSV (byte-order mark, CRLF, account holders' names) or the TSV."""
    rng, is_cases = maker.rng, path.suffix == ".csv"
    columns = "case_no,opened,enquiry,resolution,handled_by,account_holder" if is_cases else TSV_COLUMNS
    with path.open("w", encoding="utf-8-sig" if is_cases else "utf-8", newline="") as handle:
        end = "\r\n" if is_cases else "\n"
        writer = csv.writer(handle, delimiter=";" if is_cases else "\t", lineterminator=end)
        writer.writerow(columns.split(","))
        for row in rows:
            asked, told = (plain_text(t) for t in row.turns)
            day = f"{rng.randint(1, 28):02}/{rng.randint(1, 12):02}/{rng.choice([2023, 2024, 2024])}"
            if not is_cases:
                channel, region = rng.choice(["web", "app", "email"]), rng.choice(["N", "S", "IE-W", "IE-E"])
                writer.writerow([row.record, day, channel, asked, told, region])
                continue
            named = re.findall("\ue000pii:PERSON:[^\ue001]*\ue001([^\ue002]*)", row.turns[0])
            other = val.person(rng, rng.choice(list(ph.NAMES)), "full")
            holder = named[0] if named and rng.random() < 0.6 else other
            agent = rng.choice(["s.okafor", "mkeane", "priya.d", "team-2", "tworek"])
            opened = f"{day} {rng.randint(7, 21)}:{rng.randint(10, 59)}"
            writer.writerow([row.record, opened, asked, told, agent, holder])


def write(out: Path, maker: Maker, rows: list[Row], golden: list[dict[str, Any]]) -> None:
    """Number the rows and write every file of the export."""
    files = {s: [r for r in rows if r.source == s] for s in [*SOURCE_WEIGHTS, "staffroom"]}
    form = {"cases": "EW/{:05}", "webform": "W-{:06}", "livechat": "lc_{:05}"}
    for source, held in files.items():
        for i, row in enumerate(held, start=1):
            row.record = form.get(source, "{}").format(i)
    write_table(out / "cases.csv", maker, files["cases"])
    write_table(out / "webform.tsv", maker, files["webform"])
    lines: dict[str, list[dict[str, Any]]] = {"golden": golden}
    lines["triage"] = [
        {"prompt": plain_text(r.turns[0]), "completion": plain_text(r.turns[-1])} for r in files["triage"]
    ]
    for source in ("livechat", "staffroom"):
        lines[source] = []
        for row in files[source]:
            texts = [("user" if i % 2 == 0 else "assistant", plain_text(t)) for i, t in enumerate(row.turns)]
            texts = [("system", plain_text(row.system)), *texts] if row.system else texts
            ident = {"conversation_id": row.record, "queue": "care"} if source == "livechat" else {}
            lines[source].append(ident | {"messages": [{"role": r, "content": t} for r, t in texts]})
    lines["TRUTH"] = [truth_of(r) for held in files.values() for r in held]
    for name, records in lines.items():
        text = "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records)
        (out / f"{name}.jsonl").write_text(text, encoding="utf-8")


def main() -> None:
    """Read the arguments, make the export and print its counts."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--rows", type=int, default=6000)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    maker = Maker(args.seed)
    golden = golden_items(maker, max(10, args.rows // 20))
    rows = make_rows(maker, golden, args.rows)
    write(args.out, maker, rows, golden)
    counts = Counter(d for r in rows for d in r.defects or ["(clean)"])
    print(
        json.dumps(
            {"rows": len(rows), "golden": len(golden), "defects": dict(sorted(counts.items()))}, indent=1
        )
    )


if __name__ == "__main__":
    main()
