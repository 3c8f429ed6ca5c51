"""Who may import what. The layers are import-linter's; these are the rules about the outside world."""

import sys

import pytest
from sources import importers, imports, modules


def test_only_flows_tasks_and_the_conductor_know_prefect() -> None:
    found = importers("prefect")
    assert "tellfirst.conductor" in found
    assert {name for name in found if not name.startswith(("flows.", "tasks."))} == {"tellfirst.conductor"}


def test_the_launcher_of_a_run_is_of_the_standard_library_alone() -> None:
    """It is started for every run, without site packages: there is nothing else it could import."""
    launcher = imports(modules()["tellfirst.warm_start.launcher"])
    assert {name.partition(".")[0] for name in launcher} <= set(sys.stdlib_module_names)


def test_only_flows_below_the_preloaded_process_are_imported_by_it() -> None:
    """It forks what runs: whatever it imported besides, every run would carry."""
    found = {name for name in importers("flows") if not name.startswith("flows.")}
    assert found == {"tellfirst.warm_start.preloading"}


@pytest.mark.parametrize(
    ("vendor", "home"),
    [
        ("twilio", "tellfirst.carriers.twilio"),
        ("sendgrid", "tellfirst.carriers.sendgrid"),
        ("python_http_client", "tellfirst.carriers.sendgrid"),
    ],
)
def test_only_a_carriers_own_folder_knows_its_vendor(vendor: str, home: str) -> None:
    found = importers(vendor)
    assert found
    assert {name for name in found if not name.startswith(f"{home}.")} == set()


@pytest.mark.parametrize("library", ["pandas", "matplotlib"])
def test_only_the_review_knows_the_libraries_of_analysts(library: str) -> None:
    assert {name for name in importers(library) if not name.startswith("tellfirst.review.")} == set()


@pytest.mark.parametrize("library", ["fastapi", "starlette", "uvicorn"])
def test_only_the_web_knows_the_web(library: str) -> None:
    assert {name for name in importers(library) if not name.startswith("tellfirst.web.")} == set()


def test_the_domain_imports_the_standard_library_and_itself() -> None:
    for name, path in modules().items():
        if name.startswith("tellfirst.domain"):
            others = {
                one
                for one in imports(path)
                if one.split(".")[0] not in sys.stdlib_module_names and not one.startswith("tellfirst.domain")
            }
            assert others == set(), name


def test_the_domain_asks_nobody_for_the_time_but_the_machines_clock() -> None:
    """Time is an argument: only the port's own implementation looks."""
    asking = {
        name
        for name, path in modules().items()
        if name.startswith("tellfirst.domain") and "datetime.now(" in path.read_text(encoding="utf-8")
    }
    assert asking == {"tellfirst.domain.times"}


def test_only_the_settings_read_the_environment() -> None:
    """Beside them only those that hand it on to the processes they start."""
    reading = {
        name
        for name, path in modules().items()
        if any(word in path.read_text(encoding="utf-8") for word in ("os.environ", "os.getenv"))
    }
    assert reading <= {
        "tellfirst.settings",
        "tellfirst.installation",
        "tellfirst.supervisor",
        "tellfirst.cli.demo",
        "tellfirst.cli.worker",
        "tellfirst.warm_start.launcher",
        "tellfirst.warm_start.becoming",
        "tellfirst.warm_start.preloading",
    }
