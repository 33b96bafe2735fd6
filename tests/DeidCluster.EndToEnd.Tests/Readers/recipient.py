"""Reads every DICOM file below a folder with pydicom and prints, as JSON, what a recipient sees of it.

Paths are keywords, with the number of the item behind each sequence. Private elements are counted and not shown.
"""
import hashlib
import json
import os
import sys

import pydicom


def walk(data, at, seen):
    for element in data:
        path = at + (element.keyword or str(element.tag))
        if element.tag.is_private:
            seen["privateElements"] += 1
        elif element.VR == "SQ":
            for number, item in enumerate(element.value):
                walk(item, f"{path}/{number}/", seen)
        elif element.VR in ("UI", "DA", "DT") and element.value:
            values = element.value if isinstance(element.value, pydicom.multival.MultiValue) else [element.value]
            seen["uids" if element.VR == "UI" else "dates"][path] = "\\".join(str(value) for value in values)


def read(path):
    data = pydicom.dcmread(path)
    seen = {"path": path, "privateElements": 0, "uids": {}, "dates": {}}
    walk(data, "", seen)
    seen["preambleIsBlank"] = data.preamble == b"\0" * 128
    seen["metaSopInstanceUid"] = str(data.file_meta.MediaStorageSOPInstanceUID)
    seen["sourceAeTitle"] = str(data.file_meta.get("SourceApplicationEntityTitle", ""))
    for name in ("PatientID", "PatientName", "PatientIdentityRemoved", "LongitudinalTemporalInformationModified"):
        seen[name[0].lower() + name[1:]] = str(data.get(name, ""))
    seen["methodCodes"] = [str(item.CodeValue) for item in data.get("DeidentificationMethodCodeSequence", [])]
    seen["pixelDigest"] = hashlib.sha256(data.PixelData).hexdigest() if "PixelData" in data else ""
    return seen


print(json.dumps([read(os.path.join(folder, name)) for folder, _, names in os.walk(sys.argv[1]) for name in names]))
