#!/usr/bin/env python3
"""Writes the tables of this folder, from which the proof reads the standard by its own code.

usage: generate-proof-tables.py STANDARD

e1-1-*.tsv are table E.1-1 of PS3.15 as published, cell by cell. attribute-types.tsv has the type of every attribute of that table, and of sequences that
hold one, at depth 1 and 2 of each module (PS3.3, macros expanded by another program than the one that made the library's tables);
sop-class-modules.tsv the modules of each SOP class. (c) NEMA.
"""
import csv
import pathlib
import sys

standard = pathlib.Path(sys.argv[1])
here = pathlib.Path(__file__).parent


def rows(path):
    with open(standard / path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def write(name, edition, lines):
    (here / name).write_text("\n".join([f"# DICOM {edition}, © NEMA", *lines]) + "\n", encoding="utf-8")


tags = set()
for edition in ("2026d", "2025e"):
    table = rows(f"ps3.15/ps3.15-{edition}-E.1-1.tsv")
    tags |= {row["tag"].strip("()").replace(",", "") for row in table}
    columns = [column for column in table[0] if column not in ("name", "retired", "in_std_iod")]
    write(f"e1-1-{edition}.tsv", f"PS3.15 {edition}", ["\t".join(columns), *("\t".join(row[c] for c in columns).rstrip("\t") for row in table)])

classes = rows("iod-2025e/sopclass-modules.tsv")
sections = {row["section"] for row in classes}
types = set()
for row in rows("iod-2025e/module-attributes.tsv"):
    path = row["path"].upper().split("/")
    is_sequence = len(path) == 1 and row["name"].endswith("Sequence")
    if row["section"] in sections and len(path) <= 2 and (path[-1] in tags or is_sequence) and "RECURSIVE" not in path[-1]:
        types.add((row["section"], "/".join(path), row["type"], "SQ" if is_sequence else ""))
write("attribute-types.tsv", "PS3.3 2025e", sorted("\t".join(line).rstrip("\t") for line in types))
by_class = {}
for row in classes:
    by_class.setdefault(row["sop_class_uid"], []).append(f'{row["section"]}:{row["usage"][:1] or "C"}')
write("sop-class-modules.tsv", "PS3.3 2025e", ["\t".join([uid, *modules]) for uid, modules in sorted(by_class.items())])
