// What a program does with @azure/service-bus, each thing once, on an empty queue that nobody else reads.
"use strict";
const assert = require("node:assert/strict");
const { ServiceBusClient } = require("@azure/service-bus");
const { step, runAll } = require("./steps.js");

const connection = process.env.AZURE_SERVICE_BUS_CONNECTION_STRING;
const queue = process.env.AZURE_SERVICE_BUS_QUEUE_NAME;
const options = { retryOptions: { maxRetries: 1, retryDelayInMs: 200, timeoutInMs: 20_000 } };
const client = new ServiceBusClient(connection, options);
const sender = client.createSender(queue);
const receiver = client.createReceiver(queue);
const dead = client.createReceiver(queue, { subQueueType: "deadLetter" });
const wait = { maxWaitTimeInMs: 10_000 };
const soon = { maxWaitTimeInMs: 300 };

const text = (message) => (Buffer.isBuffer(message.body) ? message.body.toString() : message.body); // The SDK reads JSON where it can.

/** Takes exactly these many, in however many turns they come. */
async function take(count, from = receiver) {
  const messages = [];
  while (messages.length < count) {
    const more = await from.receiveMessages(count - messages.length, wait);
    assert.notEqual(more.length, 0, `${messages.length} of ${count} came`);
    messages.push(...more);
  }
  return messages;
}

async function takeOne(from = receiver) {
  return (await take(1, from))[0];
}

async function expectNothing(from = receiver) {
  assert.deepEqual((await from.receiveMessages(1, soon)).map(text), []);
}

step("send and complete", async () => {
  await sender.sendMessages({ body: Buffer.from('{"a":1}'), messageId: "one", subject: "batch.completed", correlationId: "batch-7", contentType: "application/json" });
  const message = await takeOne();
  assert.deepEqual(message.body, { a: 1 });
  assert.deepEqual(
    [message.messageId, message.subject, message.correlationId, message.contentType, message.deliveryCount, message.state],
    ["one", "batch.completed", "batch-7", "application/json", 0, "active"]);
  assert.ok(Math.abs(message.enqueuedTimeUtc - Date.now()) < 60_000);
  assert.ok(message.lockedUntilUtc > new Date());
  await receiver.completeMessage(message);
  await expectNothing();
});

step("batch", async () => {
  const batch = await sender.createMessageBatch();
  for (let n = 0; n < 50; n++) assert.ok(batch.tryAddMessage({ body: `b${n}` }));
  await sender.sendMessages(batch);
  await sender.sendMessages([{ body: "l0" }, { body: "l1" }]);
  const messages = await take(52);
  assert.deepEqual(messages.map(text).sort(), [...Array.from({ length: 50 }, (_, n) => `b${n}`), "l0", "l1"].sort());
  await Promise.all(messages.map((message) => receiver.completeMessage(message)));
});

step("schedule and cancel", async () => {
  const due = new Date(Date.now() + 1500);
  const [cancelled] = await sender.scheduleMessages({ body: "never" }, due);
  await sender.scheduleMessages([{ body: "later" }], due);
  await sender.cancelScheduledMessages(cancelled);
  await assert.rejects(sender.cancelScheduledMessages(cancelled), { code: "MessageNotFound" });
  await expectNothing();
  const message = await takeOne();
  assert.equal(text(message), "later");
  assert.ok(Date.now() >= due.getTime() - 50, "it came early");
  await receiver.completeMessage(message);
  await expectNothing();
});

step("abandon", async () => {
  await sender.sendMessages({ body: "again" });
  await receiver.abandonMessage(await takeOne(), { tried: 1 });
  const message = await takeOne();
  assert.deepEqual([text(message), message.deliveryCount, message.applicationProperties.tried], ["again", 1, 1]);
  await receiver.completeMessage(message);
});

step("dead-letter", async () => {
  await sender.sendMessages(["d0", "d1", "d2"].map((body) => ({ body, messageId: body, applicationProperties: { url: "https://example.com/hook" } })));
  for (const message of await take(3))
    await receiver.deadLetterMessage(message, { deadLetterReason: "Unreadable", deadLetterErrorDescription: "It is no envelope." });
  await expectNothing();
});

step("browse the dead-letter queue", async () => {
  const messages = await dead.peekMessages(10);
  assert.deepEqual(messages.map(text), ["d0", "d1", "d2"]);
  for (const message of messages) {
    assert.deepEqual([message.deadLetterReason, message.deadLetterErrorDescription], ["Unreadable", "It is no envelope."]);
    assert.equal(message.applicationProperties.url, "https://example.com/hook");
  }
  const rest = await dead.peekMessages(10, { fromSequenceNumber: messages[1].sequenceNumber });
  assert.deepEqual(rest.map(text), ["d1", "d2"]);
});

step("receive from the dead-letter queue", async () => {
  const messages = await take(3, dead);
  assert.deepEqual(messages.map((message) => message.messageId).sort(), ["d0", "d1", "d2"]);
  for (const message of messages) {
    assert.deepEqual([message.deadLetterReason, message.deadLetterErrorDescription], ["Unreadable", "It is no envelope."]);
    await dead.completeMessage(message);
  }
  await expectNothing(dead);
  assert.deepEqual(await dead.peekMessages(1, { fromSequenceNumber: messages[0].sequenceNumber }), []);
});

step("renew a lock", async () => {
  await sender.sendMessages({ body: "held" });
  const message = await takeOne();
  const before = message.lockedUntilUtc;
  await new Promise((done) => setTimeout(done, 50));
  const after = await receiver.renewMessageLock(message);
  assert.ok(after > before, `${after.toISOString()} is not after ${before.toISOString()}`);
  await receiver.completeMessage(message);
  await assert.rejects(receiver.renewMessageLock({ ...message }), { code: "MessageLockLost" });
});

step("peek", async () => {
  await sender.sendMessages([{ body: "p0" }, { body: "p1" }]);
  const from = { fromSequenceNumber: require("long").fromNumber(0) };
  const peeked = await receiver.peekMessages(10, from);
  assert.deepEqual(peeked.map(text), ["p0", "p1"]);
  assert.ok(peeked.every((message) => message.lockToken === undefined && message.deliveryCount === 0));
  const messages = await take(2);
  assert.deepEqual(messages.map((message) => message.sequenceNumber.toString()).sort(), peeked.map((message) => message.sequenceNumber.toString()));
  await Promise.all(messages.map((message) => receiver.completeMessage(message)));
});

step("typed properties", async () => {
  const properties = {
    text: "Grüße, 世界 🌍", empty: "", whole: 5, negative: -7, large: 2 ** 40, real: 1.5, yes: true, no: false, nothing: null,
  };
  const bodies = [Buffer.from([0, 1, 255]), { nested: [1, "two", null] }, "text"];
  await sender.sendMessages(bodies.map((body) => ({ body, applicationProperties: properties, replyTo: "there", to: "here", timeToLive: 86_400_000 })));
  const messages = await take(3);
  assert.deepEqual(messages.map((message) => message.body), bodies);
  for (const message of messages) {
    assert.deepEqual({ ...message.applicationProperties }, properties);
    assert.deepEqual([message.replyTo, message.to, message.timeToLive], ["there", "here", 86_400_000]);
    await receiver.completeMessage(message);
  }
});

step("large message", async () => {
  const body = Buffer.alloc(1_000_000, "x");
  await sender.sendMessages({ body });
  const message = await takeOne();
  assert.equal(text(message), body.toString());
  await receiver.completeMessage(message);
});

step("too large a message", async () => {
  await assert.rejects(sender.sendMessages({ body: Buffer.alloc(1_200_000) }), { code: "MessageSizeExceeded" });
  const batch = await sender.createMessageBatch();
  assert.ok(batch.tryAddMessage({ body: Buffer.alloc(600_000) }));
  assert.ok(!batch.tryAddMessage({ body: Buffer.alloc(600_000) }));
  await expectNothing();
});

step("receive and delete", async () => {
  await sender.sendMessages([{ body: "r0" }, { body: "r1" }]);
  const deleting = client.createReceiver(queue, { receiveMode: "receiveAndDelete" });
  assert.deepEqual((await take(2, deleting)).map(text).sort(), ["r0", "r1"]);
  await deleting.close();
  await expectNothing();
});

step("1,000 messages concurrently", async () => {
  const ids = Array.from({ length: 1000 }, (_, n) => `c${n}`);
  const arrived = new Set();
  const all = new Promise((done, failed) => {
    const subscription = receiver.subscribe({
      processMessage: async (message) => {
        arrived.add(message.messageId);
        if (arrived.size === ids.length) done(subscription);
      },
      processError: async ({ error }) => failed(error),
    }, { maxConcurrentCalls: 50 });
  });
  await Promise.all(ids.map((messageId) => sender.sendMessages({ body: messageId, messageId })));
  await (await all).close();
  assert.deepEqual([...arrived].sort(), ids.sort());
  await expectNothing();
});

step("wrong key", async () => {
  const other = new ServiceBusClient(connection.replace(/SharedAccessKey=[^;]*/, "SharedAccessKey=wrong"), { retryOptions: { maxRetries: 0 } });
  await assert.rejects(other.createSender(queue).sendMessages({ body: "x" }), { code: "UnauthorizedAccess" });
  await assert.rejects(other.createReceiver(queue).receiveMessages(1, soon), { code: "UnauthorizedAccess" });
  await other.close();
  await assert.rejects(client.createSender("nowhere").sendMessages({ body: "x" }), { code: "MessagingEntityNotFound" });
});

step("sessions", async () => {
  await sender.sendMessages([1, 2, 3].map((n) => ({ body: `s${n}`, sessionId: "order-1" })));
  const session = await client.acceptSession(queue, "order-1");
  const messages = await take(3, session);
  assert.deepEqual(messages.map((message) => [text(message), message.sessionId]), [["s1", "order-1"], ["s2", "order-1"], ["s3", "order-1"]]);
  await assert.rejects(client.acceptSession(queue, "order-1", { maxAutoLockRenewalDurationInMs: 0 }), { code: "SessionCannotBeLocked" });
  for (const message of messages) await session.completeMessage(message);
  await session.setSessionState("three came");
  assert.equal(await session.getSessionState(), "three came");
  assert.ok((await session.renewSessionLock()) > new Date());
  await session.close();
  await expectNothing();
});

// Not before what it has printed is through, and even where a step has left a client open.
runAll().finally(() => client.close()).finally(() => process.stdout.write("", () => process.exit()));
