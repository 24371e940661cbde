"""A run as a Snakefile."""

import hashlib
import shlex

from .plan import Job

HEAD = '''\
# Written by scripts/workflow from `serl plan`: write it anew when the configuration changes.
# Snakemake knows by an empty file that a step is done; what the step made is in the store.
DONE = ".snakemake/serl/{version}"


rule all:
    input:
        {wanted},
'''

RULE = '''

rule {rule}:
    input:
        {after},
    output:
        touch(f"{{DONE}}/{label}"),
    retries: {retries}
    resources:
        gpu={gpu},
    shell:
        {command}
'''


def text(jobs: list[Job], commands: dict[str, list[str]], retries: int) -> str:
    """The Snakefile."""
    # Marks of another plan must not count.
    version = hashlib.sha256(repr([(job, commands[job.name]) for job in jobs]).encode()).hexdigest()[:16]
    labels = {job.name: job.label for job in jobs}
    rules = [
        RULE.format(
            rule=job.label.replace("-", "_"),
            after=marks([labels[name] for name in job.after]),
            label=job.label,
            retries=retries,
            gpu=int(job.accelerator),
            command=quoted(commands[job.name]),
        )
        for job in jobs
    ]
    return HEAD.format(version=version, wanted=marks(list(labels.values()))) + "".join(rules)


def marks(labels: list[str]) -> str:
    """The marks of finished steps."""
    return ",\n        ".join(f'f"{{DONE}}/{label}"' for label in labels) or "[]"


def quoted(command: list[str]) -> str:
    """A command as a string of Python in which Snakemake replaces nothing."""
    return repr(shlex.join(command).replace("{", "{{").replace("}", "}}"))
