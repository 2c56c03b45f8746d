"""The audit of an edition: its steps, alone or all, what each found and what it comes to."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from spaser_analysis.audit.balance import balance
from spaser_analysis.audit.findings import STEPS, Finding, State, Step, failed
from spaser_analysis.audit.inputs import at_hand, own_inputs
from spaser_analysis.audit.recompute import recompute
from spaser_analysis.audit.reproduce import Rebuilt, rebuilt, reproduce
from spaser_analysis.audit.verify import verify
from spaser_analysis.organisation import load_organisation
from spaser_analysis.publishing.causes import differing
from spaser_analysis.publishing.html import as_prose, outputs_page
from spaser_analysis.publishing.key import PROGRAMMING
from spaser_analysis.publishing.manifest import Edition, Input, NoEdition, contents, read_edition
from spaser_analysis.publishing.seal import Source
from spaser_analysis.publishing.tasks import OF_QUARTER

_TITLES: dict[Step, str] = {
    "verify": "Est-ce bien ce qui fut publié ?",
    "reproduce": "Les mêmes données donnent-elles les mêmes rapports ?",
    "recompute": "Un autre calcul donne-t-il les mêmes chiffres ?",
    "balance": "Les chiffres s’accordent-ils entre eux ?",
}
_STATES: dict[State, str] = {"ok": "vérifié", "failed": "écart", "unknown": "non vérifié"}
_LISTED = 200  # findings of a step on the page: the JSON has all

_ON_TABLES: tuple[tuple[Step, Callable[[Edition, Path], list[Finding]]], ...] = (
    ("recompute", recompute),
    ("balance", balance),
)

Say = Callable[[str], None]


@dataclass(frozen=True)
class Audit:
    """What was found of one edition, in the order of the steps that were run."""

    period: str
    revision: int | None
    steps: tuple[Step, ...]
    findings: tuple[Finding, ...]

    @property
    def name(self) -> str:
        """Of the edition."""
        return f"{self.period}, révision {self.revision}" if self.revision else self.period

    @property
    def verdict(self) -> str:
        """In French; it says which steps were run, unless all were."""
        wrong, unseen = len(failed(self.findings)), sum(one.state == "unknown" for one in self.findings)
        told = "conforme"
        if wrong:
            told = f"non conforme : {wrong} écart{'s' if wrong > 1 else ''}"
        elif unseen:
            told = f"conforme, sous réserve de {unseen} point{'s non vérifiés' if unseen > 1 else ' non vérifié'}"
        return told if self.steps == STEPS else f"{told} (étape {', '.join(self.steps)} seule)"

    def of(self, step: Step) -> list[Finding]:
        """The findings of a step, what is wrong first."""
        order = ("failed", "unknown", "ok")
        return sorted((one for one in self.findings if one.step == step), key=lambda one: order.index(one.state))

    @property
    def is_failed(self) -> bool:
        """Something is wrong."""
        return bool(failed(self.findings))

    def told(self) -> dict[str, Any]:
        """All of it, for machines."""
        findings = [asdict(one) for one in self.findings]
        return {"edition": self.name, "verdict": self.verdict, "steps": self.steps, "findings": findings}

    def as_page(self) -> bytes:
        """As a page, for people."""
        title = f"Audit de l’édition {self.name}"
        return outputs_page(
            title,
            "Audit",
            [f"# {title}\n\n**{self.verdict[0].upper()}{self.verdict[1:]}.**", *map(self._section, self.steps)],
        )

    def _section(self, step: Step) -> str:
        found = self.of(step)
        rows = [f"| {_STATES[one.state]} | {as_prose(one.name)} | {as_prose(one.detail)} |" for one in found[:_LISTED]]
        more = [f"Et {len(found) - _LISTED} autres, tous dans le fichier JSON."] if len(found) > _LISTED else []
        return "\n".join([f"## {_TITLES[step]}", "", "| État | Objet | Constat |", "|---|---|---|", *rows, "", *more])


def audit(
    folder: Path,
    steps: Sequence[Step] = STEPS,
    inputs: Sequence[Path] = (),
    clean: Path | None = None,
    *,
    signers: Path | None = None,
    head: str = "",
    trust_code: bool = False,
    workers: int = 1,
    say: Say = lambda _: None,
) -> Audit:
    """Run the steps on the edition of a folder.

    ``inputs``: the raw files and folders, those of this project unless given. ``clean``: tables to compute the figures of,
    in place of those that are made again of the inputs. ``signers``, ``head``: of ``verify``; ``trust_code``: run the
    edition's notebooks even where their code is not the templates'. UnreadableFile: no such input.
    """
    found: list[Finding] = []
    with ExitStack() as opened:
        try:
            edition = read_edition(folder)
        except NoEdition:
            return Audit(folder.name, None, tuple(steps), tuple(verify(folder, {}, signers, head)))
        given = list(inputs) or own_inputs(edition)
        if "verify" in steps:
            say("verifying")
            found += verify(folder, opened.enter_context(at_hand(given)), signers, head)
        again: Rebuilt | None = None
        if "reproduce" in steps or ({"recompute", "balance"} & set(steps) and clean is None):
            again = opened.enter_context(rebuilt(edition, given, say))
        if "reproduce" in steps and again:
            found += reproduce(edition, again, say, workers=workers, trust_code=trust_code)
        for step, run in _ON_TABLES:
            if step in steps:
                say(f"{step[:-1]}ing")
                found += _on_tables(step, edition, clean or (again.clean if again else None), run)
    return Audit(edition.period, edition.revision, tuple(steps), tuple(found))


def write_audit(done: Audit, folder: Path) -> Path:
    """``<period>.html`` and ``.json`` of an audit in a folder; returns the page."""
    folder.mkdir(parents=True, exist_ok=True)
    name = re.sub(r"[^A-Za-z0-9-]", "_", done.period) + (f"-r{done.revision}" if done.revision else "")
    text = json.dumps(done.told(), ensure_ascii=False, indent=1) + "\n"
    (folder / f"{name}.json").write_text(text, encoding="utf-8")
    page = folder / f"{name}.html"
    page.write_bytes(done.as_page())
    return page


def _on_tables(
    step: Step, edition: Edition, clean: Path | None, run: Callable[[Edition, Path], list[Finding]]
) -> Iterator[Finding]:
    """A step that reads clean tables, on those that say what the edition rests on."""
    if clean is None:
        yield Finding(
            step, "tables_missing", "unknown", edition.period, "Sans les données d’entrée, rien à recalculer."
        )
        return
    if apart := sorted(differing(contents(clean), edition.contents)):
        told = f"Le calcul part de tables nettes qui ne sont pas celles de l’édition : {', '.join(apart)}."
        yield Finding(step, "other_tables", "failed", edition.period, told)
    as_read = _as_read(edition, clean)
    if step == "recompute" and len(as_read.runs) < len(edition.runs):
        told = "Ses lignes nomment des enregistrements, et les fichiers d’entrée ont un autre ordre ou d’autres noms."
        yield Finding(step, "not_recomputed", "unknown", f"{edition.period}/{OF_QUARTER[PROGRAMMING]}", told)
    yield from run(as_read, clean)


def _as_read(edition: Edition, clean: Path) -> Edition:
    """The edition as tables tell it that were made of inputs in another order or under other names: each input under the name
    of one of the same counts, and without the report whose figures name records.
    """
    now = Source(load_organisation(edition.organisation), clean).inputs
    if {(one.name, one.sha256) for one in now} == {(one.name, one.sha256) for one in edition.inputs}:
        return edition
    pairs = zip(sorted(edition.inputs, key=_counts), sorted(now, key=_counts), strict=False)
    inputs = (
        tuple(replace(was, name=one.name) for was, one in pairs) if len(now) == len(edition.inputs) else edition.inputs
    )
    return replace(edition, inputs=inputs, runs=tuple(run for run in edition.runs if run.notebook != PROGRAMMING))


def _counts(one: Input) -> tuple[str, int, int, int, int]:
    return one.format, one.read, one.used, one.rejected, one.duplicates
