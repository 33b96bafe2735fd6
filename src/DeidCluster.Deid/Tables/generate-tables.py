#!/usr/bin/env python3
"""Writes the tables of this folder from a machine-readable copy of the standard.

usage: generate-tables.py STANDARD [OUTPUT]

STANDARD holds ps3.15/*.tsv (tables E.1-1, E.3.10-1 and CID 7050) and iod-2025e/*.json (modules and IODs of PS3.3). The output is data
in our own form; the content is DICOM PS3.3 and PS3.15, (c) NEMA.
"""
import csv
import json
import pathlib
import re
import sys

EDITIONS = ["2026d", "2025e"]
OPTION_COLUMNS = [
    "rtn_safe_priv", "rtn_uids", "rtn_dev_id", "rtn_inst_id", "rtn_pat_chars", "rtn_long_full_dates", "rtn_long_modif_dates",
    "clean_desc", "clean_struct_cont", "clean_graph"]
FUNCTIONAL_GROUPS = "IODFunctionalGroupMacros"


def rows(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def tag_mask(text):
    """(50xx,xxxx) -> 50xxxxxx; odd groups have a line of their own."""
    return "odd" if "odd" in text else text.strip("()").replace(",", "")


def write(path, edition, lines):
    path.write_text("\n".join([f"# DICOM {edition}, © NEMA", *lines]) + "\n", encoding="utf-8")


def profile(standard, output, edition):
    lines = []
    for row in rows(standard / f"ps3.15/ps3.15-{edition}-E.1-1.tsv"):
        lines.append("\t".join([tag_mask(row["tag"]), row["basic"], *(row[column] or "" for column in OPTION_COLUMNS)]).rstrip("\t"))
    write(output / f"profile-{edition}.tsv", f"PS3.15 {edition}", sorted(lines))


def safe_private(standard, output):
    lines = [f'{tag_mask(row["tag"])}\t{row["vr"]}\t{row["private_creator"]}' for row in rows(standard / "ps3.15/ps3.15-2026c-E.3.10-1.tsv")]
    write(output / "safe-private.tsv", "PS3.15 2026d", sorted(lines))


def methods(standard, output):
    lines = [f'{row["code"]}\t{row["meaning"]}' for row in rows(standard / "ps3.15/cid7050.tsv")]
    write(output / "methods.tsv", "PS3.15 2026d", lines)


ATTRIBUTE = r"(?:the )?[Vv]?(?:alue of )?[A-Z][^.()]*? \(([0-9A-F]{4}),([0-9A-F]{4})\)"
PRESENCE = re.compile(rf"Required if {ATTRIBUTE} is (present|not present|absent)")
VALUE = re.compile(rf"Required if {ATTRIBUTE},? ?(?:[Vv]alue (\d) )?(?:is|equals|has a [Vv]alue of|has the [Vv]alue) ([A-Z][A-Z0-9_]+(?:(?:, | or |, or )[A-Z][A-Z0-9_]+)*)")


def condition(comment):
    """The first sentence of a conditional type when it is one that a data set can answer; others are taken to hold."""
    text = " ".join(comment.split())
    start = text.find("Required if")
    if start < 0 or text.find("Required if", start + 1) >= 0:
        return ""
    sentence = text[start:].split(". ")[0].rstrip(".")
    if match := PRESENCE.fullmatch(sentence):
        return ("+" if match[3] == "present" else "-") + match[1] + match[2]
    if match := VALUE.fullmatch(sentence):
        words = re.split(r", or |, | or ", match[4])
        return f"={match[1]}{match[2]}{match[3] or 0}:" + "|".join(words)
    return ""


class Tables:
    """Attribute tables of PS3.3 as lines (depth, tag, type) and (depth, included table)."""

    def __init__(self, folder):
        self.raw = {}
        for part in (1, 2, 3):
            self.raw.update(json.loads((folder / f"dicom_tables_part_{part}.json").read_text())[f"dicom_tables_part_{part}"])

    def lines(self, name):
        source = self.raw[name]["table_lines"]
        depths = [(line["name"] if line["type"] == "InlineObject" else line["prefix"]).count(">") for line in source]
        result = []
        for i, line in enumerate(source):
            depth = depths[i]
            if line.get("address") == "0x":
                continue  # "any attribute", in sequences that keep original values
            if line["type"] == "InlineObject":
                previous = result[-1][0] if result else -1
                if depth > previous and result and result[-1][1] == "i":
                    # The line goes on inside the last sequence of the table included before it (C.18.4-1, C.18.5-1).
                    tag, kind = self.last_sequence(result[-1][2])
                    result.append((previous, "a", tag, kind))
                kind = line["required"]
                if kind in ("1C", "2C") and (when := condition(line["comment"])):
                    kind += "\t" + when
                result.append((min(depth, result[-1][0] + 1) if result else 0, "a", line["address"].removeprefix("0x").upper().replace("X", "x"), kind))
                continue
            target = line["linked_resource"].removeprefix("table_")
            if target != FUNCTIONAL_GROUPS and target not in self.raw:
                continue
            if 0 < i < len(source) - 1 and depths[i - 1] == depth < depths[i + 1] and source[i - 1]["type"] == "InlineObject":
                depth += 1  # the standard's '>' is missing here (C.11.25-1)
            result.append((depth, "i", target, ""))
        return result

    def last_sequence(self, name):
        return next((line[2], line[3]) for line in reversed(self.lines(name)) if line[0] == 0 and line[1] == "a")


def usage(text):
    return text[0] if isinstance(text, str) and text[:1] in ("M", "U") else "C"


def iods(standard, output):
    folder = standard / "iod-2025e"
    tables = Tables(folder)
    load = lambda name: json.loads((folder / f"dicom_{name}.json").read_text())[f"dicom_{name}"]
    modules, iod, groups, classes = load("modules"), load("iod"), load("iod_func_groups"), load("iod_class_uid")
    iod_of = json.loads((folder / "dicom_iod_module_map.json").read_text())

    def module_lines(letter, entries):
        for entry in entries:
            for table in modules.get(entry["ref"].removeprefix("sect_"), []):
                yield letter, usage(entry["usage"]), table["name"]

    used, lines, names = set(), [], {}
    for name, uid in sorted(classes.items(), key=lambda item: item[1]):
        names.setdefault(iod_of[name], []).append(uid)
    for name, uids in names.items():
        lines.append("sop\t" + "\t".join(uids))
        for letter, use, table in [*module_lines("m", iod[name]), *module_lines("f", groups.get(name, []))]:
            lines.append(f"{letter}\t{use}\t{table}")
            used.add(table)

    waiting, body = sorted(used), []
    while waiting:
        name = waiting.pop(0)
        body.append(f"t\t{name}")
        for depth, kind, value, required in tables.lines(name):
            body.append(f"{depth}\t{value}\t{required}" if kind == "a" else f"{depth}\t*{value}")
            if kind == "i" and value not in used and value != FUNCTIONAL_GROUPS:
                used.add(value)
                waiting.append(value)
    write(output / "iod-2025e.tsv", "PS3.3 2025e", body + lines)


def main():
    standard = pathlib.Path(sys.argv[1])
    output = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else pathlib.Path(__file__).parent
    for edition in EDITIONS:
        profile(standard, output, edition)
    safe_private(standard, output)
    methods(standard, output)
    iods(standard, output)


main()
