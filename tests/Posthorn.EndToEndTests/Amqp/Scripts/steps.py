"""Runs named steps one after the other and prints one line of JSON for each; whoever started the script reads them."""
import json
import sys
import time
import traceback

_steps = []


def step(name):
    """Adds a step; what it raises is its failure."""
    def add(run):
        _steps.append((name, run))
        return run
    return add


def run_all():
    failed = False
    for name, run in _steps:
        began = time.monotonic()
        outcome, detail = "passed", None
        try:
            run()
        except Exception:  # A step that fails does not keep the others from being tried.
            outcome, detail = "failed", traceback.format_exc()[-2000:]
            failed = True
        ms = int((time.monotonic() - began) * 1000)
        print(json.dumps({"step": name, "outcome": outcome, "ms": ms, "detail": detail}), flush=True)
    sys.exit(1 if failed else 0)
