#!/usr/bin/env python3
"""Writes clinical-words.txt: the words that descriptions may keep.

usage: generate-words.py STANDARD [OUTPUT]

STANDARD holds dict/*.tsv (PS3.6), dict and ps3.15 docbooks (PS3.5, PS3.7, PS3.15) and iod-2025e/*.json (PS3.3). The code meanings of
PS3.16 are read from an installed pydicom. A word is taken when the standard writes it in lower case somewhere, as an acronym, or as a
meaning of its own; one that is only ever capitalised is taken when it ends like a medical term: all others may be somebody's name.
"""
import collections
import json
import pathlib
import re
import sys

WORD = re.compile(r"[A-Za-z]+")
# Authors cited in the standard and eponyms that it writes alone: names and nothing else.
NAMES = {"robert", "taylor", "walker", "wright", "miller", "moore", "bauer", "wolf", "marsh", "shepherd", "waters", "rex", "rod", "tad", "scarlet", "sandy"}
ACRONYM_LETTERS = range(2, 7)
MEDICAL_ENDINGS = re.compile(
    r"(itis|oma|omas|graphy|graphic|gram|grams|scopy|scopic|scope|ectomy|ostomy|otomy|plasty|algia|emia|aemia|osis|oses|iasis|pathy|trophy|plegia|"
    r"tion|sion|ment|ness|ance|ence|ity|ing|ical|ial|eal|oid|ous|ium|ism|ary|ory|ular|able|ible|tomy|meter|metry|lysis|rrhage|rrhea|cyte|genic|"
    r"ase|ine|ide|ate|one|cillin|mab|ol|il|um|ic|al|ed)$")


def sources(standard):
    """Texts of the standard; True where they are code meanings and names, False for running prose."""
    from pydicom.sr._concepts_dict import concepts
    for keywords in concepts.values():
        for codes in keywords.values():
            for meaning, *_ in codes.values():
                yield meaning, True
    for line in (standard / "dict/data-elements.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        yield line.split("\t")[2], True
    for path in [*sorted((standard / "dict").glob("*.docbook.xml")), *sorted((standard / "ps3.15").glob("*.docbook.xml"))]:
        yield re.sub(r"<[^>]*>", " ", path.read_text(encoding="utf-8")), False
    for path in sorted((standard / "iod-2025e").glob("dicom_tables_part_*.json")):
        yield re.sub(r"<[^>]*>|\\u[0-9a-f]{4}|\\[nt]", " ", path.read_text(encoding="utf-8")), False


def words(standard):
    lower, meanings, acronyms = collections.Counter(), set(), set()
    for text, is_meaning in sources(standard):
        if is_meaning and re.fullmatch(WORD, text.strip()):
            lower[text.strip().lower()] += 1
        for word in WORD.findall(text):
            if word.islower():
                lower[word] += 1
            if is_meaning:
                meanings.add(word.lower())
                if word.isupper() and len(word) in ACRONYM_LETTERS:
                    acronyms.add(word.lower())
    for word in sorted(meanings | acronyms | set(lower)):
        in_meaning = word in meanings
        if len(word) >= 2 and word not in NAMES and ((in_meaning and (lower[word] or word in acronyms or (len(word) > 5 and MEDICAL_ENDINGS.search(word)))) or lower[word] > 2):
            yield word


def main():
    standard = pathlib.Path(sys.argv[1])
    output = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else pathlib.Path(__file__).parent
    lines, line = [], ""
    for word in words(standard):
        if len(line) + len(word) > 140:
            lines.append(line)
            line = ""
        line += (" " if line else "") + word
    head = "# DICOM PS3.3 2025e, PS3.5, PS3.7 and PS3.15 2026c, PS3.6 2026c, PS3.16: words of code meanings, names and definitions, © NEMA"
    (output / "clinical-words.txt").write_text("\n".join([head, *lines, line]) + "\n", encoding="utf-8")


main()
