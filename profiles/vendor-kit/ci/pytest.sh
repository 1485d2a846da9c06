#!/bin/sh
# The same with pytest: each check is a test of its own, beside your own tests. `pip install 'hulian[conformance]' pytest` brings the plugin.
#
#     pytest.sh coap://127.0.0.9 plug@1 ci.sock
set -eu
exec pytest --hulian-target "$1" --hulian-claim "$2" --hulian-control "$3" --junitxml report/junit.xml -q
