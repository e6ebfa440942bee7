// Asks public libraries whether they take a webhook.
//
// Reads lines of JSON {preset, secret, headers, body}, the body in base64, and answers each with a
// line {ok, error, event}.

import assert from "node:assert/strict";
import { createPublicKey, verify, webcrypto } from "node:crypto";
import { createInterface } from "node:readline";
import { verify as verifyOctokit } from "@octokit/webhooks-methods";
import bolt from "@slack/bolt";
import { HTTP } from "cloudevents";
import OpenAI from "openai";
import { Webhook } from "standardwebhooks";
import Stripe from "stripe";

globalThis.crypto ??= webcrypto; // node 18 does not have it as a global

const openai = new OpenAI({ apiKey: "unused" });
const stripe = new Stripe("unused");
const { verifySlackRequest } = bolt;
const TOLERANCE_S = 300;

// What stands before the 32 bytes of a public key of ed25519 in its DER form (RFC 8410).
const ED25519_DER = Buffer.from("302a300506032b6570032100", "hex");

// The libraries take text, so a body that is not UTF-8 would be changed before it is checked.
const toText = (body) => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);

const presets = {
  // Two implementations that have nothing to do with each other.
  async standard(secret, headers, body) {
    const text = toText(body);
    new Webhook(secret).verify(text, headers, { jsonParse: false });
    await openai.webhooks.verifySignature(text, headers, secret, TOLERANCE_S);
  },
  // No library of Standard Webhooks takes v1a: by its text, with the public key (whpk_…) alone.
  ed25519(secret, headers, body) {
    assert(secret.startsWith("whpk_"), "not a public key");
    const der = Buffer.concat([ED25519_DER, Buffer.from(secret.slice(5), "base64")]);
    const key = createPublicKey({ key: der, format: "der", type: "spki" });
    const timestamp = headers["webhook-timestamp"];
    assert(Math.abs(Date.now() / 1000 - Number(timestamp)) < TOLERANCE_S, "not a time of now");
    const text = Buffer.concat([Buffer.from(`${headers["webhook-id"]}.${timestamp}.`), body]);
    const taken = headers["webhook-signature"]
      .split(" ")
      .filter((one) => one.startsWith("v1a,"))
      .some((one) => verify(null, text, key, Buffer.from(one.slice(4), "base64")));
    assert(taken, "no v1a signature matches");
  },
  // Not a signature: is it an event by the rules of CloudEvents?
  cloudevents(secret, headers, body) {
    const event = HTTP.toEvent({ headers, body: toText(body) });
    event.validate();
    return event.toJSON();
  },
  async github(secret, headers, body) {
    const taken = await verifyOctokit(secret, toText(body), headers["x-hub-signature-256"]);
    assert(taken, "X-Hub-Signature-256 does not match");
  },
  stripe(secret, headers, body) {
    const field = headers["stripe-signature"];
    stripe.webhooks.signature.verifyHeader(body, field, secret, TOLERANCE_S);
  },
  slack(secret, headers, body) {
    verifySlackRequest({ signingSecret: secret, body: toText(body), headers });
  },
};

async function answer(line) {
  const { preset, secret, headers, body } = JSON.parse(line);
  const lower = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
  assert(Object.hasOwn(presets, preset), `there is no preset "${preset}"`);
  return presets[preset](secret, lower, Buffer.from(body, "base64"));
}

for await (const line of createInterface({ input: process.stdin })) {
  const result = await answer(line).then(
    (event) => ({ ok: true, event }),
    (error) => ({ ok: false, error: String(error?.message ?? error) }),
  );
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
