// Signs and verifies webhooks by the vendors' own libraries, as vendors.py does; the libraries are in the directory that is
// named as the argument.
//
// SendGrid's library only verifies: what it is given is signed by Node's own ECDSA, as its documentation says. "keys" makes
// a pair of them.

import { createPrivateKey, generateKeyPairSync, sign as signWith } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const require = createRequire(pathToFileURL(`${process.argv[2]}/`));
const { EventWebhook } = require("@sendgrid/eventwebhook");
const octokit = await import(
  pathToFileURL(`${process.argv[2]}/node_modules/@octokit/webhooks-methods/dist-node/index.js`)
);

const SIGNATURE = "x-twilio-email-event-webhook-signature";
const TIMESTAMP = "x-twilio-email-event-webhook-timestamp";

function keys() {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  return {
    public: publicKey.export({ format: "der", type: "spki" }).toString("base64"),
    private: privateKey.export({ format: "pem", type: "pkcs8" }),
  };
}

async function sign({ library, secret, body, at, id }) {
  if (library === "octokit") {
    return { "x-hub-signature-256": await octokit.sign(secret, body), "x-github-delivery": id };
  }
  const signature = signWith("sha256", Buffer.from(`${at}${body}`), createPrivateKey(secret));
  return { [SIGNATURE]: signature.toString("base64"), [TIMESTAMP]: String(at) };
}

async function verify({ library, secret, body, headers }) {
  if (library === "octokit") {
    return octokit.verify(secret, body, headers["x-hub-signature-256"]);
  }
  const webhook = new EventWebhook();
  const key = webhook.convertPublicKeyToECDSA(secret);
  return webhook.verifySignature(key, body, headers[SIGNATURE], headers[TIMESTAMP]);
}

const ask = JSON.parse(readFileSync(0, "utf8"));
const answer =
  ask.do === "keys"
    ? keys()
    : ask.do === "sign"
      ? { headers: await sign(ask) }
      : { valid: await verify(ask) };
process.stdout.write(JSON.stringify(answer));
