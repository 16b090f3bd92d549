// Sends messages in batches as large as the queue takes them, two on their way at once, and prints how fast.
"use strict";
const { ServiceBusClient } = require("@azure/service-bus");

const { connection, queue, prefix, messages, payload, url, secretRef } = JSON.parse(process.argv[2]);
const warmUp = Math.min(2000, messages);
const client = new ServiceBusClient(connection);
const sender = client.createSender(queue);

function messageOf(n) {
  const messageId = `${prefix}_${n}`;
  const pad = "x".repeat(Math.max(0, payload - messageId.length - 16));
  return {
    body: Buffer.from(JSON.stringify({ n: messageId, pad })), messageId, subject: "bench.happened", contentType: "application/json",
    applicationProperties: { url, profile: "standard", secret_ref: secretRef },
  };
}

/** Takes the numbers from a shared counter until there are none left. */
async function sendAll(counter, end) {
  while (counter.next < end) {
    const batch = await sender.createMessageBatch();
    while (counter.next < end && batch.tryAddMessage(messageOf(counter.next))) counter.next++;
    await sender.sendMessages(batch);
  }
}

(async () => {
  const counter = { next: 0 };
  await sendAll(counter, warmUp);
  const began = process.hrtime.bigint();
  await Promise.all([sendAll(counter, warmUp + messages), sendAll(counter, warmUp + messages)]);
  const seconds = Number(process.hrtime.bigint() - began) / 1e9;
  await client.close();
  console.log(JSON.stringify({ per_s: messages / seconds, sent: warmUp + messages }));
})();
