"""DECP in XML (2019, 2022, and the flat 2019 account of a region), read element by element.

Entities, external or expanding, are refused (defusedxml).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from spaser_analysis.sources.columns import FlatFormat, official_row, recognise_columns
from spaser_analysis.sources.errors import UnreadableFile
from spaser_analysis.sources.record import RawRecord

_CONTRACTS = ("marche", "contrat-concession")
_DEEPEST = 100


def xml_format(path: Path, name: str) -> str:
    """``decp-xml`` or the name of a flat format; an UnreadableFile if it holds no contract."""
    flat = _flat_format(path, name)
    return flat.name if flat else "decp-xml"


def read_xml(path: Path, name: str) -> Iterator[RawRecord]:
    """Every contract and concession of the file, in its order."""
    flat = _flat_format(path, name)
    for number, element in enumerate(_elements(path, name), 1):
        is_concession = _tag(element) == "contrat-concession"
        if len(element) == 0:
            yield RawRecord(number, None, "not_an_object")
        elif flat:
            headers, values = [_tag(child) for child in element], [child.text for child in element]
            yield RawRecord(number, official_row(flat, headers, values), is_concession=is_concession)
        else:
            yield RawRecord(number, _record(element), is_concession=is_concession)


def _flat_format(path: Path, name: str) -> FlatFormat | None:
    """The flat format of a file whose records have no parts, as the first that says anything shows."""
    for element in _elements(path, name):
        if len(element):
            nested = any(len(child) for child in element) or any(_tag(child) == "acheteur" for child in element)
            return None if nested else recognise_columns([_tag(child) for child in element], name)
    raise UnreadableFile(name, "XML, but not DECP: no element marche or contrat-concession")


def _elements(path: Path, name: str) -> Iterator[Element]:
    try:
        depth, inside = 0, 0
        for event, element in iterparse(str(path), events=("start", "end"), forbid_dtd=True):
            depth += 1 if event == "start" else -1
            if depth > _DEEPEST:
                raise UnreadableFile(name, "not DECP: nested too deeply")
            if _tag(element) not in _CONTRACTS:
                continue
            inside += 1 if event == "start" else -1
            if event == "end" and inside == 0:
                yield element
                element.clear()
    except ParseError as error:
        line, column = error.position
        cause = str(error).partition(":")[0]
        raise UnreadableFile(name, f"not valid XML: {cause}", f"line {line}, column {column + 1}") from None
    except DefusedXmlException as error:
        kind = type(error).__name__
        raise UnreadableFile(name, f"refused: XML with declarations of its own ({kind})") from None
    except (ValueError, LookupError) as error:  # an encoding that the parser does not know
        raise UnreadableFile(name, f"not valid XML: {error}") from None


def _record(element: Element) -> dict[str, Any]:
    """The fields of a record; one that repeats has the list of its values."""
    found: dict[str, Any] = {}
    for child in element:
        value = _nested(child)
        found[_tag(child)] = [found[_tag(child)], value] if _tag(child) in found else value
    return found


def _tag(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _nested(element: Element) -> Any:
    """As the JSON says it: children that repeat, or that stand in a plural, become a list of wrapped values."""
    if not len(element):
        return element.text
    names = [_tag(child) for child in element]
    if len(set(names)) < len(names) or _tag(element) in ("titulaires", "modifications", "concessionnaires"):
        return [{_tag(child): _nested(child)} for child in element]
    return {_tag(child): _nested(child) for child in element}
