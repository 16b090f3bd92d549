// Runs named steps one after the other and prints one line of JSON for each; whoever started the script reads them.
"use strict";

const steps = [];

/** Adds a step; what it throws is its failure, and a Skip why it was not taken. */
function step(name, run) {
  steps.push({ name, run });
}

class Skip extends Error {}

async function runAll() {
  for (const { name, run } of steps) {
    const began = Date.now();
    let [outcome, detail] = ["passed", null];
    try {
      await run();
    } catch (error) {
      outcome = error instanceof Skip ? "skipped" : "failed";
      detail = error instanceof Skip ? error.message : `${error.code ?? ""} ${error.stack ?? error}`.slice(0, 2000);
      process.exitCode = outcome === "failed" ? 1 : process.exitCode;
    }
    console.log(JSON.stringify({ step: name, outcome, ms: Date.now() - began, detail }));
  }
}

module.exports = { step, runAll, Skip };
