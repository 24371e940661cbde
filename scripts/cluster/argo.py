"""A run as a WorkflowTemplate of Argo Workflows."""

import json
import shlex

from .plan import Job

# A step is tried again if it was interrupted, failed for a reason that may pass, or lost its machine.
AGAIN = "lastRetry.status == 'Error' || asInt(lastRetry.exitCode) in [75, 130, 137, 143]"


def add_options(parser) -> None:
    """Options of Argo alone."""
    group = parser.add_argument_group("Argo")
    group.add_argument("--name", default="serl", metavar="NAME", help="name of the template [serl]")
    group.add_argument("--image", default="serl", metavar="IMAGE", help="container image [serl]")
    group.add_argument("--claim", default="serl", metavar="NAME", help="volume claim that all steps share [serl]")
    group.add_argument("--mount", default="/data", metavar="DIR", help="where it is mounted; steps run there [/data]")
    group.add_argument("--grace", type=int, default=120, metavar="SECONDS", help="time to save before a pod ends [120]")


def text(jobs: list[Job], commands: dict[str, list[str]], chosen) -> str:
    """The template."""
    labels = {job.name: job.label for job in jobs}
    tasks = [task(job, commands[job.name], labels) for job in jobs]
    template = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "WorkflowTemplate",
        "metadata": {"name": chosen.name},
        "spec": {
            "entrypoint": "run",
            "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": chosen.claim}}],
            "templates": [
                {"name": "run", "dag": {"failFast": False, "tasks": tasks}},
                step("on-cpu", {}, chosen),
                step("on-gpu", {"limits": {"nvidia.com/gpu": 1}}, chosen),
            ],
        },
    }
    return "# Written by scripts/workflow from `serl plan`: write it anew when the configuration changes.\n" + yaml(template)


def task(job: Job, command: list[str], labels: dict[str, str]) -> dict:
    """A node of Argo's graph."""
    made = {"name": job.label, "template": "on-gpu" if job.accelerator else "on-cpu"}
    if job.after:
        made["dependencies"] = [labels[name] for name in job.after]
    made["arguments"] = {"parameters": [{"name": "command", "value": shlex.join(command)}]}
    return made


def step(name: str, resources: dict, chosen) -> dict:
    """A container that runs a node."""
    container = {
        "image": chosen.image,
        "workingDir": chosen.mount,
        "command": ["sh", "-c"],
        "args": ["exec {{inputs.parameters.command}}"],
        "volumeMounts": [{"name": "data", "mountPath": chosen.mount}],
    }
    if resources:
        container["resources"] = resources
    return {
        "name": name,
        "inputs": {"parameters": [{"name": "command"}]},
        "retryStrategy": {
            "limit": str(chosen.retries),
            "retryPolicy": "Always",
            "expression": AGAIN,
            "backoff": {"duration": "1m"},
        },
        "podSpecPatch": json.dumps({"terminationGracePeriodSeconds": chosen.grace}),
        "container": container,
    }


def yaml(value, indent: int = 0) -> str:
    """A dictionary or list, neither of them empty, as YAML, of which JSON's scalars are part."""
    room = " " * indent
    if isinstance(value, dict):
        return "".join(f"{room}{key}:{after_key(one, indent)}" for key, one in value.items())
    return "".join(f"{room}- {item(one, indent)}" for one in value)


def after_key(value, indent: int) -> str:
    """What follows the name of a key."""
    if isinstance(value, (dict, list)) and value:
        return "\n" + yaml(value, indent + 2)
    return f" {json.dumps(value)}\n"


def item(value, indent: int) -> str:
    """What follows the dash of an item."""
    if isinstance(value, (dict, list)) and value:
        return yaml(value, indent + 2).lstrip(" ")
    return f"{json.dumps(value)}\n"
