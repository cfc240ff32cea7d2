"""What is in `deploy/`: valid by the schemas of Compose and Kubernetes, and true of the command line and the API."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from typer.main import get_command

from bundlesmith.cli.app import app
from bundlesmith.serve.api import state

DEPLOY = Path(__file__).parents[1] / "deploy"
COMPOSE = DEPLOY / "compose.yaml"
NEWEST = "1.37"


def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(COMPOSE.read_text())
    return found


def manifests() -> list[dict[str, Any]]:
    return list(yaml.safe_load_all((DEPLOY / "kubernetes.yaml").read_text()))


def pods() -> dict[str, dict[str, Any]]:
    """The pods of each deployment, by its name."""
    deployments = [each for each in manifests() if each["kind"] == "Deployment"]
    return {each["metadata"]["name"]: each["spec"]["template"]["spec"] for each in deployments}


def checked(file: Path) -> subprocess.CompletedProcess[str]:
    words = ["-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(file)]
    return subprocess.run([sys.executable, *words], capture_output=True, text=True)


def test_the_compose_file_is_valid_and_a_wrong_one_is_not(tmp_path: Path) -> None:
    assert checked(COMPOSE).returncode == 0, checked(COMPOSE).stdout
    wrong = tmp_path / "compose.yaml"
    wrong.write_text(COMPOSE.read_text().replace("depends_on:", "depend_on:"))
    assert "depend_on" in checked(wrong).stdout


@pytest.mark.parametrize("manifest", manifests(), ids=lambda each: f"{each['kind']} {each['metadata']['name']}")
def test_each_manifest_is_valid_and_a_wrong_one_is_not(manifest: dict[str, Any]) -> None:
    kubernetes_validate.validate(manifest, NEWEST, strict=True)
    for wrong in ({**manifest, "specs": {}}, {**manifest, "spec": {**manifest["spec"], "replica": 2}}):
        with pytest.raises(kubernetes_validate.ValidationError):
            kubernetes_validate.validate(wrong, NEWEST, strict=True)


def monitor() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DEPLOY / "servicemonitor.yaml").read_text())
    return found


def read_by_operator(manifest: dict[str, Any]) -> Any:
    """What the Prometheus Operator's own type has of a manifest: it passes over what it doesn't know."""
    from cloudcoil.models.prometheus_operator.v1 import ServiceMonitor

    return ServiceMonitor.model_validate(manifest).model_dump(by_alias=True, exclude_unset=True)


def test_the_monitor_is_valid_and_a_wrong_one_is_not() -> None:
    assert read_by_operator(monitor()) == monitor()
    (endpoint,) = monitor()["spec"]["endpoints"]
    wrong = {**monitor(), "spec": {**monitor()["spec"], "endpoints": [{**endpoint, "intervall": "1s"}]}}
    assert read_by_operator(wrong) != wrong
    wrong["spec"]["endpoints"] = [{**endpoint, "interval": "15 seconds"}]
    with pytest.raises(ValueError, match="interval"):
        read_by_operator(wrong)


def test_the_monitor_finds_the_service_and_names_the_job_that_alerts_expect() -> None:
    spec, found = (
        monitor()["spec"],
        {each["metadata"]["name"]: each for each in manifests() if each["kind"] == "Service"},
    )
    picked = {
        name: each
        for name, each in found.items()
        if spec["selector"]["matchLabels"].items() <= each["metadata"].get("labels", {}).items()
    }
    assert picked.keys() == {"service"} and picked["service"]["metadata"]["labels"][spec["jobLabel"]] == "bundlesmith"
    assert {each["port"] for each in spec["endpoints"]} <= {port["name"] for port in picked["service"]["spec"]["ports"]}
    assert spec["endpoints"][0]["path"] in {route.path for route in state.router.routes}  # type: ignore[attr-defined]


def test_the_autoscaler_scales_a_deployment_that_says_no_number_itself() -> None:
    (scaler,) = (each["spec"] for each in manifests() if each["kind"] == "HorizontalPodAutoscaler")
    named = scaler["scaleTargetRef"]["name"]
    (target,) = (each for each in manifests() if each["kind"] == "Deployment" and each["metadata"]["name"] == named)
    assert "replicas" not in target["spec"] and scaler["minReplicas"] >= 2
    (container,) = target["spec"]["template"]["spec"]["containers"]
    assert {metric["resource"]["name"] for metric in scaler["metrics"]} <= container["resources"]["requests"].keys()


def commands() -> list[list[str]]:
    """All commands of ours that the files start."""
    ours = [each["command"] for each in compose()["services"].values() if "bundlesmith" in each["image"]]
    return [*ours, *(pod["containers"][0]["args"] for pod in pods().values())]


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_the_commands_are_those_of_the_command_line(words: list[str]) -> None:
    command = get_command(app)
    found = command.get_command(None, words[0])  # type: ignore[attr-defined]
    context = found.make_context(words[0], list(words[1:]))
    assert context.params["run"] == ["demo=/runs/demo"] and context.params["host"] == "0.0.0.0"
    with pytest.raises(Exception, match="No such option"):
        found.make_context(words[0], ["--placess=3", *words[1:]])


def test_probes_ask_routes_that_there_are() -> None:
    routes = {route.path for route in state.router.routes}  # type: ignore[attr-defined]
    container = pods()["service"]["containers"][0]
    paths = {kind: container[f"{kind}Probe"]["httpGet"]["path"] for kind in ("startup", "liveness", "readiness")}
    assert paths == {"startup": "/healthz", "liveness": "/healthz", "readiness": "/readyz"}
    assert set(paths.values()) <= routes


def test_pods_are_cautious_hold_no_secrets_and_see_the_same_runs() -> None:
    mounts = set()
    for pod in pods().values():
        (container,) = pod["containers"]
        assert pod["securityContext"]["runAsNonRoot"] and container["securityContext"]["readOnlyRootFilesystem"]
        assert all("value" not in each for each in container["env"])
        assert pod["enableServiceLinks"] is False
        mounts |= {each["mountPath"] for each in container["volumeMounts"] if each["name"] == "runs"}
    assert mounts == {"/runs"}  # a service names folders to its vLLM


def test_variables_are_explained_and_versions_are_those_of_the_extras() -> None:
    wanted = set(re.findall(r"\$\{(\w+)", COMPOSE.read_text()))
    assert wanted == {line.split("=")[0] for line in (DEPLOY / ".env.example").read_text().splitlines() if "=" in line}
    extras = (DEPLOY.parent / "pyproject.toml").read_text()
    image = re.search(r"vllm/vllm-openai:v([\d.]+)", (DEPLOY / "Dockerfile").read_text())
    assert image is not None and f"vllm=={image[1]}" in extras
