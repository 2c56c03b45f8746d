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


def xml_format(path: Path, name: str) -> str:
    """``decp-xml`` or the name of a flat format; an UnreadableFile if it holds no contract."""
    for element in _elements(path, name):
        return _flat(element, name).name if _is_flat(element) else "decp-xml"
    raise UnreadableFile(name, "XML, but not DECP: no element marche or contrat-concession")


def read_xml(path: Path, name: str) -> Iterator[RawRecord]:
    """Every contract and concession of the file, in its order."""
    for number, element in enumerate(_elements(path, name), 1):
        is_concession = _tag(element) == "contrat-concession"
        if _is_flat(element):
            headers, values = [_tag(child) for child in element], [child.text for child in element]
            yield RawRecord(number, official_row(_flat(element, name), headers, values), is_concession=is_concession)
        else:
            yield RawRecord(number, _nested(element), is_concession=is_concession)


def _elements(path: Path, name: str) -> Iterator[Element]:
    try:
        depth, inside = 0, 0
        for event, element in iterparse(str(path), events=("start", "end"), forbid_dtd=True):
            depth += 1 if event == "start" else -1
            if _tag(element) not in _CONTRACTS:
                continue
            inside += 1 if event == "start" else -1
            if event == "end" and inside == 0:
                yield element
                element.clear()
            if depth > 100:
                raise UnreadableFile(name, "not DECP: nested too deeply")
    except ParseError as error:
        line, column = error.position
        raise UnreadableFile(
            name, f"not valid XML: {str(error).partition(':')[0]}", f"line {line}, column {column + 1}"
        ) from None
    except DefusedXmlException as error:
        raise UnreadableFile(name, f"refused: XML with declarations of its own ({type(error).__name__})") from None
    except (UnicodeError, LookupError) as error:
        raise UnreadableFile(name, f"not valid XML: {error}") from None


def _tag(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _is_flat(element: Element) -> bool:
    return len(element) > 0 and not any(len(child) for child in element)


def _flat(element: Element, name: str) -> FlatFormat:
    return recognise_columns([_tag(child) for child in element], name)


def _nested(element: Element) -> Any:
    """As the JSON says it: children that repeat, or that stand in a plural, become a list of wrapped values."""
    if not len(element):
        return element.text
    names = [_tag(child) for child in element]
    if len(set(names)) < len(names) or _tag(element) in ("titulaires", "modifications", "concessionnaires"):
        return [{_tag(child): _nested(child)} for child in element]
    return {_tag(child): _nested(child) for child in element}
