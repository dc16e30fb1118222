"""Signs and verifies webhooks by the vendors' own libraries.

Reads one JSON object: what to "do" (sign or verify), by which "library", with the "secret", the "body", and to sign the
"id" and the time "at" in seconds, to verify the "headers". Writes {"headers": …} or {"valid": …}.
"""

import datetime
import json
import sys

import slack_sdk.signature
import standardwebhooks
import stripe
import svix.webhooks


def sign(library, ask):
    secret, body, at, ident = ask["secret"], ask["body"], ask["at"], ask["id"]
    if library == "stripe":
        signature = stripe.WebhookSignature._compute_signature(f"{at}.{body}", secret)
        return {"stripe-signature": f"t={at},v1={signature}"}
    if library == "slack-sdk":
        verifier = slack_sdk.signature.SignatureVerifier(secret)
        signature = verifier.generate_signature(timestamp=str(at), body=body)
        return {"x-slack-request-timestamp": str(at), "x-slack-signature": signature}
    time = datetime.datetime.fromtimestamp(at, datetime.timezone.utc)
    prefix, webhook = {
        "standardwebhooks": ("webhook", standardwebhooks.Webhook),
        "svix": ("svix", svix.webhooks.Webhook),
    }[library]
    signature = webhook(secret).sign(ident, time, body)
    return {f"{prefix}-id": ident, f"{prefix}-timestamp": str(at), f"{prefix}-signature": signature}


def verify(library, ask):
    secret, body, headers = ask["secret"], ask["body"], ask["headers"]
    if library == "stripe":
        try:
            stripe.Webhook.construct_event(body, headers["stripe-signature"], secret)
            return True
        except stripe.SignatureVerificationError:
            return False
    if library == "slack-sdk":
        return slack_sdk.signature.SignatureVerifier(secret).is_valid_request(body, headers)
    module = {"standardwebhooks": standardwebhooks, "svix": svix.webhooks}[library]
    refused = (standardwebhooks.WebhookVerificationError, svix.webhooks.WebhookVerificationError)
    try:
        module.Webhook(secret).verify(body, headers)
        return True
    except refused:
        return False


ask = json.load(sys.stdin)
if ask["do"] == "sign":
    answer = {"headers": sign(ask["library"], ask)}
else:
    answer = {"valid": verify(ask["library"], ask)}
json.dump(answer, sys.stdout)
