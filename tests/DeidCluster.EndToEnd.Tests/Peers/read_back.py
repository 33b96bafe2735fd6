"""Reads every file below a folder with pydicom and prints, as JSON, what a recipient would see."""
import json
import os
import sys

import pydicom

files = []
for folder, _, names in os.walk(sys.argv[1]):
    for name in names:
        data = pydicom.dcmread(os.path.join(folder, name))
        private = []
        data.walk(lambda _, element: private.append(str(element.tag)) if element.tag.is_private else None)
        pixels = len(data.PixelData) if "PixelData" in data else 0
        files.append({
            "sopInstanceUid": data.SOPInstanceUID,
            "mediaStorageSopInstanceUid": data.file_meta.MediaStorageSOPInstanceUID,
            "studyInstanceUid": data.StudyInstanceUID,
            "sopClassUid": data.SOPClassUID,
            "modality": data.get("Modality", ""),
            "patientName": str(data.get("PatientName", "")),
            "patientId": data.get("PatientID", ""),
            "patientIdentityRemoved": data.get("PatientIdentityRemoved", ""),
            "studyDate": data.get("StudyDate", ""),
            "private": len(private),
            "pixelBytes": pixels,
        })
print(json.dumps(files))
