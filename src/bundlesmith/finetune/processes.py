"""The processes of a training, and whether it can run in them.

It is light, so that what can't run is refused before anything heavy is imported.
"""

import importlib.util

import torch
from accelerate import PartialState
from accelerate.utils import parse_flag_from_env

from bundlesmith.errors import BundlesmithError
from bundlesmith.settings import Training


def processes() -> PartialState:
    """The processes of this training, of which this is one; on the CPU they speak through gloo."""
    return PartialState(cpu=on_cpu())


def on_cpu() -> bool:
    """Whether trainings run on the CPU: no accelerator is there, or ACCELERATE_USE_CPU says so."""
    return not torch.accelerator.is_available() or parse_flag_from_env("ACCELERATE_USE_CPU")


def check_training(settings: Training) -> None:
    """See before any work whether this training can run in these processes.

    Raises:
        BundlesmithError: if the processes can't share its steps out, if weights can't be spread over them, or if a
            tracker isn't installed.
    """
    n, device = processes().num_processes, processes().device.type
    if settings.blocks_per_step % n:
        raise BundlesmithError(
            f"`training.blocks_per_step` is {settings.blocks_per_step}, which {n} processes can't share out evenly.",
            f"Set it to a multiple of {n}, or start another number of processes.",
        )
    if settings.fsdp and (n == 1 or device == "cpu"):
        raise BundlesmithError(
            f"`training.fsdp` spreads the weights over several GPUs, and here {n} process(es) run on {device}.",
            "Start it with `accelerate launch --multi_gpu --num_processes 4 -m bundlesmith finetune …`, or say "
            "`training.fsdp=false`.",
        )
    for name in settings.report:
        if importlib.util.find_spec(name) is None:
            raise BundlesmithError(f"`training.report` names {name}, which is not installed.", f"`pip install {name}`")
