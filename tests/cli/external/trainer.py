"""A trainer for tests: adds the learning rate of each step to one weight. trainer.py IN OUT [FAULT]"""

import json
import os
import shutil
import signal
import struct
import sys
import time
from pathlib import Path

given, left, fault = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else ""
task = json.loads((given / "task.json").read_text())
with open("calls.jsonl", "a") as calls:
    carried = given / "trainer" / "deep" / "count"
    count = int(carried.read_text()) if carried.exists() else None
    resume = json.loads((Path(task["resume"]) / "state.json").read_text()) if task["resume"] else None
    told = {"task": task, "count": count, "resume": resume, "files": sorted(os.listdir(given))}
    calls.write(json.dumps(told) + "\n")


def tell(**what):
    print(json.dumps(what), flush=True)


def save(done):
    making = left / "resume.making"
    making.mkdir()
    (making / "state.json").write_text(json.dumps({"done": done, "lines": lines}))
    making.rename(left / "resume")


def stop(*_):
    if fault == "deaf":
        return
    if fault != "saves nothing":
        save(len(lines))
    sys.exit(130)


signal.signal(signal.SIGTERM, stop)
lines = resume["lines"] if resume else []
print("a line for people")
print("a warning", file=sys.stderr)
for index in range(len(lines), len(task["steps"])):
    step = task["steps"][index]
    line = {"step": index, "loss": -0.5, "grad_norm": 1.0, "tokens": step["tokens"], "clip_fraction": 0.25}
    lines.append(line)
    tell(done=index + 1, total=len(task["steps"]), loss=-0.125)
    if fault in ("slow", "deaf", "saves nothing") and not resume:
        Path("waits").write_text(str(os.getpid()))
        while True:
            time.sleep(0.01)
    if fault == "dies" and not resume:
        save(index + 1)
        tell(saved=index + 1)
        while (left / "resume").exists():
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGKILL)
    if fault == "leaves":
        save(index + 1)
        sys.exit(75)
if fault == "fails":
    print("Traceback: no memory", file=sys.stderr)
    sys.exit(1)
if fault == "killed":
    os.kill(os.getpid(), signal.SIGKILL)

# The weights: a header of JSON, then the values.
weights = (given / "policy" / "model.safetensors").read_bytes()
(size,) = struct.unpack("<Q", weights[:8])
header, values = json.loads(weights[8 : 8 + size]), bytearray(weights[8 + size :])
name = "model.layers.0.input_layernorm.weight"
at = header[name]["data_offsets"][0]
(value,) = struct.unpack("<f", values[at : at + 4])
value += sum(step["lr"] for step in task["steps"])
if fault == "not a number":
    value = float("nan")
values[at : at + 4] = struct.pack("<f", value)
if fault == "a tensor less":
    header["model.other"] = header.pop(name)
if fault == "another shape":
    header[name]["shape"] = [48, 2]
if fault == "16 bits":
    # Half the bytes, so that all that follow lie nearer to the start.
    del values[at + 192 : at + 384]
    for tensor in header.values():
        if tensor.get("data_offsets", [0])[0] > at:
            tensor["data_offsets"] = [place - 192 for place in tensor["data_offsets"]]
    header[name] |= {"dtype": "BF16", "data_offsets": [at, at + 192]}
text = json.dumps(header).encode()
policy = left / "policy"
policy.mkdir()
(policy / "model.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + values)
if fault == "another tokenizer":
    tokenizer = (given / "policy" / "tokenizer.json").read_text()
    (policy / "tokenizer.json").write_text(tokenizer + " ")
if fault == "copies":
    for file in (given / "policy").iterdir():
        if file.name != "model.safetensors":
            shutil.copy(file, policy)
if fault == "no policy":
    shutil.rmtree(policy)

if fault == "a step less":
    lines.pop()
if fault == "no finite loss":
    lines[-1]["loss"] = float("inf")
if fault == "other tokens":
    lines[0]["tokens"] += 1
(left / "train_log.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
if task["carry_optimizer"] and fault != "no state":
    (left / "trainer" / "deep").mkdir(parents=True)
    (left / "trainer" / "deep" / "count").write_text(str((count or 0) + len(lines)))
