"""Why two editions may not say the same: what differs in what they rest on, as far as their manifests tell."""

from __future__ import annotations

from collections.abc import Mapping

from spaser_analysis.publishing.manifest import Edition

_CODE = {
    "library": "la bibliothèque spaser-analysis",
    "reference": "les données de référence ou le dossier de l’organisation",
    "lock": "les versions verrouillées des bibliothèques",
}


def of_data(one: Edition, other: Edition) -> list[str]:
    """The input files that only one has, or that have another content."""
    before, after = ({file.sha256: file.name for file in edition.inputs} for edition in (one, other))
    gone = {name for sha256, name in before.items() if sha256 not in after}
    new = {name for sha256, name in after.items() if sha256 not in before}
    kinds = {"modifié": gone & new, "retiré": gone - new, "ajouté": new - gone}
    return [f"fichier d’entrée {kind} : {name}" for kind, names in kinds.items() for name in sorted(names)]


def of_code(one: Edition, other: Edition, notebook: str | None = None) -> list[str]:
    """Other code, reference data, versions or platform; of one notebook alone, where it is told."""
    code = [
        _CODE.get(part, f"le cahier {part.removeprefix('notebook ')}")
        for part in differing(one.code, other.code)
        if part in _CODE or notebook in (None, part.removeprefix("notebook "))
    ]
    versions = [
        f"{name} {other.versions.get(name, 'absent')} au lieu de {one.versions.get(name, 'absent')}"
        for name in differing(one.versions, other.versions)
    ]
    platform = [f"{other.platform} au lieu de {one.platform}"] if one.platform != other.platform else []
    return [
        *([f"version {other.version} de l’outil au lieu de {one.version}"] if one.version != other.version else []),
        *(f"a changé : {name}" for name in code),
        *(f"autre version : {name}" for name in versions),
        *(f"autre plateforme : {name}" for name in platform),
    ]


def differing(one: Mapping[str, str], other: Mapping[str, str]) -> list[str]:
    """The names that do not have the same value in both."""
    return [name for name in dict.fromkeys([*one, *other]) if one.get(name) != other.get(name)]
