"""What schemathesis has to know of this appliance: which names there are, how its lines and signatures are written.

`GANTRY_DESCRIPTION` names a file that takes the place of the description that is served: the same with other addresses, or with something
wrong in it. `GANTRY_KNOWN` names a file of JSON: by operation, or under "*" for all, the names that may stand in a path ("only": no others), members of a
body, whole queries, and what signs it. What was asked and how it was answered is written to the file that `GANTRY_MET` names, a line each.
"""

import hashlib
import hmac
import json
import os
from collections import Counter

import schemathesis

with open(os.environ["GANTRY_KNOWN"], encoding="utf-8") as file:
    KNOWN = json.load(file)
MET = open(os.environ["GANTRY_MET"], "a", encoding="utf-8", buffering=1)
# One request in so many keeps what was made up for it.
MADE_UP = 4
asked = Counter()


@schemathesis.hook
def before_load_schema(context, raw_schema):
    """Takes the description that the test has made of the one that is served."""
    raw_schema.clear()
    with open(os.environ["GANTRY_DESCRIPTION"], encoding="utf-8") as file:
        raw_schema.update(json.load(file))


@schemathesis.serializer("application/x-ndjson")
def lines(context, value):
    """An event is a line; whatever else was made up, is sent as it is."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return value.encode("utf-8", "replace")
    events = value if isinstance(value, list) else [value]
    return "".join(json.dumps(event) + "\n" for event in events).encode()


@schemathesis.hook
def before_call(context, case, kwargs):
    """Puts names that there are in the place of names that were made up."""
    label = case.operation.label
    turn = asked[label]
    asked[label] += 1
    known = KNOWN["*"] | KNOWN.get(label, {})
    made_up = turn % MADE_UP == MADE_UP - 1
    for name in case.path_parameters or {}:
        if name in known and (not made_up or name in known.get("only", [])):
            case.path_parameters[name] = known[name][turn % len(known[name])]
    if made_up:
        return
    if "Idempotency-Key" in (case.headers or {}):
        # The same key would ask for the same thing again, and be refused for anything else.
        keys = known.get("body", {}).get("idempotencyKey") or [f"asked-{asked.total()}"]
        case.headers["Idempotency-Key"] = keys[turn % len(keys)]
    if isinstance(case.body, dict):
        for name, values in known.get("body", {}).items():
            case.body[name] = values[turn % len(values)]
    if "query" in known:
        case.query = known["query"][turn % len(known["query"])]
    if "secret" in known:
        kwargs["auth"] = signed_with(known["secret"].encode())


def signed_with(secret):
    """Signs a request as its sender does, when its body is known."""

    def sign(request):
        body = request.body or b""
        body = body.encode() if isinstance(body, str) else body
        request.headers["X-Signature"] = hmac.new(secret, body, hashlib.sha256).hexdigest()
        return request

    return sign


@schemathesis.hook
def after_call(context, case, response):
    """Notes the answer. Of backups the newest are kept, so that the name of the last one is known."""
    MET.write(f"{case.operation.label}\t{response.status_code}\n")
    if case.operation.label == "POST /api/backups" and response.status_code == 201:
        KNOWN["POST /api/backups/{name}/verify"]["name"] = [response.json()["name"]]
