// Runs named steps one after the other and prints one line of JSON for each; whoever started the script reads them.
"use strict";

const steps = [];

/** Adds a step; what it throws is its failure. */
function step(name, run) {
  steps.push({ name, run });
}

async function runAll() {
  for (const { name, run } of steps) {
    const began = Date.now();
    let [outcome, detail] = ["passed", null];
    try {
      await run();
    } catch (error) {
      outcome = "failed";
      detail = `${error.code ?? ""} ${error.stack ?? error}`.slice(0, 2000);
      process.exitCode = 1;
    }
    console.log(JSON.stringify({ step: name, outcome, ms: Date.now() - began, detail }));
  }
}

module.exports = { step, runAll };
