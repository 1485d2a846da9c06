"""The HTTP face: the API under `/api/v1`, W3C WoT Discovery, metrics, and the one server on which the pages stand too."""
