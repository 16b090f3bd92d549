// Sends until its standard input ends, eight at a time, whatever becomes of the server meanwhile, and prints the id of each message
// whose sending has succeeded.
"use strict";
const { ServiceBusClient } = require("@azure/service-bus");

const client = new ServiceBusClient(process.env.AZURE_SERVICE_BUS_CONNECTION_STRING, { retryOptions: { maxRetries: 2, retryDelayInMs: 100, timeoutInMs: 2_000 } });
const sender = client.createSender(process.env.AZURE_SERVICE_BUS_QUEUE_NAME);
let isOver = false;
let number = 0;

async function send() {
  while (!isOver) {
    const messageId = `js-${++number}`;
    try {
      await sender.sendMessages({ body: "x".repeat(500), messageId });
      console.log(messageId);
    } catch (error) {
      console.error(`${messageId}: ${error.message}`); // It may be there or not; nobody counts on it.
    }
  }
}

process.stdin.on("end", () => (isOver = true)).resume();
Promise.all(Array.from({ length: 8 }, send)).then(() => client.close()).then(() => process.stdout.write("", () => process.exit()));
