"""Run inside .venv-sdf: validate SDF models and turn them into Thing Models, with and without their mapping files.

Reads a JSON object of name to {"sdf", "mapping"} from standard input, writes name to {"errors", "plain", "whole"}.
"""

import json
import sys
from typing import Any

from jsonschema import Draft7Validator
from sdf_wot_converter import convert_sdf_to_wot_tm  # type: ignore[import-not-found]
from sdf_wot_converter.validation.sdf_validation_schema import sdf_validation_schema  # type: ignore[import-not-found]

VALIDATOR = Draft7Validator(sdf_validation_schema)


def answer(sdf: dict[str, Any], mapping: dict[str, Any]) -> dict[str, Any]:
    errors = [f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}" for error in VALIDATOR.iter_errors(sdf)]
    if errors:
        return {"errors": errors}
    return {
        "errors": [],
        "plain": convert_sdf_to_wot_tm(sdf, suppress_roundtripping=True),
        "whole": convert_sdf_to_wot_tm(sdf, sdf_mapping_files=[mapping], suppress_roundtripping=True),
    }


json.dump({name: answer(**each) for name, each in json.load(sys.stdin).items()}, sys.stdout)
