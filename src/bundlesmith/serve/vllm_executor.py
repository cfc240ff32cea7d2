"""vLLM's worker in the process of its engine, for a CPU: between two processes, one spins while the other computes, and
that costs as much as it computes where there are few cores.

vLLM itself only does so on GPUs, since it sets OpenMP's environment for a worker's process;
`bundlesmith.serve.vllm_command.engine_environment` sets it for all. Knows nothing about what is computed.
"""

from vllm.v1.executor.uniproc_executor import UniProcExecutor


class InEngine(UniProcExecutor):
    """The executor of one worker without a process of its own."""
