"""The open nodes of a run, as jobs that depend on each other."""

import json
import subprocess
from dataclasses import dataclass, field


@dataclass
class Job:
    """Nodes that one job runs, one after the other."""

    nodes: list[str]
    # Whether they compute with a language model, and whether they need an accelerator for it.
    model: bool
    accelerator: bool
    # The jobs that must end first, by their first nodes.
    after: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The first node: unique within the run."""
        return self.nodes[0]

    @property
    def label(self) -> str:
        """The name, in letters that every scheduler takes: `n-1-vote-0`."""
        return "n-" + "".join(c if c.isalnum() else "-" for c in self.name)

    def command(self, serl: str, arguments: list[str]) -> list[str]:
        """The command of the job."""
        nodes = [word for node in self.nodes for word in ("--node", node)]
        return [serl, "run", "--quiet", *nodes, *without_selection(arguments)]


# Options of `serl run` that select a part of a run, each with a value. A job names its nodes instead.
SELECTING = ("--stage", "--iteration", "--round")


def without_selection(arguments: list[str]) -> list[str]:
    """The arguments that a job needs besides its nodes."""
    kept, words = [], iter(arguments)
    for word in words:
        if word in SELECTING:
            next(words, None)
        elif not word.startswith(tuple(f"{option}=" for option in SELECTING)):
            kept.append(word)
    return kept


class PlanError(Exception):
    """There is no plan; `code` is the exit code of `serl plan`."""

    def __init__(self, code: int):
        super().__init__("there is no plan")
        self.code = code


def plan(serl: str, arguments: list[str]) -> list[dict]:
    """The nodes of the run that these arguments of `serl run` describe."""
    told = subprocess.run([serl, "plan", "--quiet", "--json", *arguments], stdout=subprocess.PIPE, check=False)
    if told.returncode != 0:
        raise PlanError(told.returncode)
    return json.loads(told.stdout)


def jobs(nodes: list[dict]) -> list[Job]:
    """A job for each node that is not complete, or for a chain of nodes that compute with no model."""
    open_nodes = [node for node in nodes if node["status"] != "cached"]
    readers = {node["id"]: {other["id"] for other in open_nodes if node["id"] in other["after"]} for node in open_nodes}
    made: list[Job] = []
    job_of: dict[str, Job] = {}
    for node in open_nodes:
        resources = node["resources"]
        after = {job_of[other].name for other in node["after"] if other in job_of}
        job = chained(node, after, made, readers)
        if job:
            job.nodes.append(node["id"])
        else:
            job = Job([node["id"]], resources["model"], resources["accelerator"], in_order(after, made))
            made.append(job)
        job_of[node["id"]] = job
    return made


def chained(node: dict, after: set[str], made: list[Job], readers: dict[str, set[str]]) -> Job | None:
    """The job to which `node` can be added without making anything wait longer."""
    for job in made:
        waits_for_no_other = job.name in after and after <= {job.name, *job.after}
        waited_for_by_no_other = all(readers[one] <= {node["id"], *job.nodes} for one in job.nodes)
        if not job.model and not node["resources"]["model"] and waits_for_no_other and waited_for_by_no_other:
            return job
    return None


def in_order(names: set[str], made: list[Job]) -> list[str]:
    """The names in the order of their jobs."""
    return [job.name for job in made if job.name in names]
