"""The public names, what importing them costs, and what every public coroutine says of itself."""

from __future__ import annotations

import copy
import inspect
import pickle
import subprocess
import sys
from importlib import import_module
from typing import TYPE_CHECKING

import pytest

import airalo_async
from airalo_async import errors, models, testing, webhooks
from airalo_async.errors import AiraloError, Outcome, ResponseError
from airalo_async.resources.account import Account
from airalo_async.resources.future_orders import FutureOrders
from airalo_async.resources.notifications import Notifications
from airalo_async.resources.orders import Orders
from airalo_async.resources.packages import Packages
from airalo_async.resources.sims import Sims
from airalo_async.resources.vouchers import Vouchers

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

PROMISED = {
    "airalo_async": (
        "AiraloSession SQLiteStore MemoryStore OrderRequest VoucherRequest EmailShare Money open_store errors models "
        "Listing BulkItem Unresolved ActivationCode PackageOffer"
    ),
    "airalo_async.webhooks": (
        "WebhookReceiver OrderCompleted OrderFailed LowData CreditLimit UnknownPush verify_signature sign decode_event"
    ),
    "airalo_async.testing": "FakeAiralo FakeClock faults sign_push",
    "airalo_async.stores": "MemoryStore SQLiteStore RequestStore open_store",
    "airalo_async.models": (
        "StoredRequest StoredPush Order Sim Package PendingOrder FutureOrder State Kind "
        "ActivationCode PackageOffer Page PageMeta PageLinks"
    ),
}
COROUTINES = {
    "orders": (
        Orders,
        "submit submit_async submit_many wait get list top_up reconcile recover unresolved orphans resolve",
    ),
    "future_orders": (FutureOrders, "submit list cancel"),
    "vouchers": (Vouchers, "submit_esim submit_airmoney"),
    "packages": (Packages, "list flat overrides product_information diff"),
    "sims": (Sims, "get list usage package_history topup_packages instructions set_brand"),
    "notifications": (
        Notifications,
        "opt_in_async_orders opt_in_low_data opt_in_credit_limit get opt_out simulate",
    ),
    "account": (Account, "balance request_refund exchange_rates compatible_devices"),
}
# What these ask is told beside them: they go by several endpoints, or by none.
WITHOUT_SOURCE = {"submit_many", "wait", "reconcile", "recover", "unresolved", "orphans", "resolve", "flat", "diff"}
TREE = {
    "AiraloError": "Exception",
    "ArgumentError": "AiraloError",
    "RequestError": "AiraloError",
    "NotSentError": "RequestError",
    "OutcomeUnknownError": "RequestError",
    "ResponseError": "AiraloError",
    "AuthenticationError": "ResponseError",
    "PermissionDeniedError": "ResponseError",
    "NotFoundError": "ResponseError",
    "InvalidRequestError": "ResponseError",
    "InsufficientCreditError": "InvalidRequestError",
    "OperatorMaintenanceError": "InvalidRequestError",
    "OutOfStockError": "InvalidRequestError",
    "TopUpDisabledError": "InvalidRequestError",
    "RecycledSimError": "InvalidRequestError",
    "RateLimitedError": "ResponseError",
    "ServerError": "ResponseError",
    "DecodeError": "AiraloError",
    "OrderFailedError": "AiraloError",
    "OrderCancelledError": "OrderFailedError",
    "ReferenceConflictError": "AiraloError",
    "UnknownReferenceError": "AiraloError",
    "StoreError": "AiraloError",
    "WebhookError": "AiraloError",
    "SignatureError": "WebhookError",
    "PayloadError": "WebhookError",
    "PayloadTooLargeError": "WebhookError",
}
MODULES: tuple[ModuleType, ...] = (airalo_async, webhooks, testing, errors, models)


def name_of(module: ModuleType) -> str:
    return module.__name__


def methods() -> list[tuple[str, str]]:
    return [(name, method) for name, (_, listed) in COROUTINES.items() for method in listed.split()]


def loaded_after(code: str) -> set[str]:
    """Tell which modules a fresh interpreter has after running some code."""
    command = [sys.executable, "-c", f"{code}\nimport sys\nprint(*sys.modules)"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 (our own words)
    return set(done.stdout.split())


def pickled(error: AiraloError) -> AiraloError:
    twin = pickle.loads(pickle.dumps(error))  # noqa: S301 (pickled in the same line)
    assert isinstance(twin, AiraloError)
    return twin


@pytest.mark.parametrize("module", PROMISED)
def test_promised_names_can_be_imported(module: str) -> None:
    namespace = import_module(module)

    missing = [name for name in PROMISED[module].split() if getattr(namespace, name, None) is None]

    assert missing == []


@pytest.mark.parametrize("module", PROMISED)
def test_promised_names_are_listed(module: str) -> None:
    listed = set(import_module(module).__all__)

    assert set(PROMISED[module].split()) - listed == set()


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_every_listed_name_exists(module: ModuleType) -> None:
    assert [name for name in module.__all__ if not hasattr(module, name)] == []


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_listed_names_are_sorted_once(module: ModuleType) -> None:
    assert len(set(module.__all__)) == len(module.__all__)


@pytest.mark.parametrize("module", [airalo_async, webhooks, testing], ids=name_of)
def test_dir_shows_the_listed_names(module: ModuleType) -> None:
    assert set(module.__all__) <= set(dir(module))


@pytest.mark.parametrize("module", [airalo_async, webhooks, testing], ids=name_of)
def test_unknown_name_is_an_attribute_error(module: ModuleType) -> None:
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = module.nonsense


@pytest.mark.parametrize(("resource", "method"), methods())
def test_session_offers_the_promised_method(resource: str, method: str) -> None:
    offered = getattr(COROUTINES[resource][0], method)

    assert inspect.isfunction(offered)


@pytest.mark.parametrize(("resource", "method"), methods())
def test_public_method_says_what_it_raises(resource: str, method: str) -> None:
    text = inspect.getdoc(getattr(COROUTINES[resource][0], method)) or ""

    assert text.partition("\n")[0].endswith(".")
    assert method in WITHOUT_SOURCE or "Source:" in text


@pytest.mark.parametrize(("resource", "method"), methods())
def test_arguments_after_the_first_are_named(resource: str, method: str) -> None:
    parameters = list(inspect.signature(getattr(COROUTINES[resource][0], method)).parameters.values())

    positional = [each for each in parameters if each.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD]

    assert [each.name for each in positional[2:]] == []


def test_error_tree_is_as_drawn() -> None:
    bases = {name: getattr(errors, name).__mro__[1].__name__ for name in errors.__all__ if name != "Outcome"}

    assert bases == TREE


def test_error_tree_is_drawn_in_the_docstring() -> None:
    drawing = errors.__doc__ or ""

    assert [name for name in TREE if name not in drawing] == []


def test_argument_and_lookup_errors_have_built_in_parents() -> None:
    assert issubclass(errors.ArgumentError, ValueError)
    assert issubclass(errors.UnknownReferenceError, LookupError)


@pytest.mark.parametrize("name", TREE)
@pytest.mark.parametrize("clone", [pickled, copy.copy], ids=["pickle", "copy"])
def test_error_survives_being_copied(name: str, clone: Callable[[AiraloError], AiraloError]) -> None:
    kind: type[AiraloError] = getattr(errors, name)
    error = kind("what happened")
    error.outcome = Outcome.UNKNOWN
    error.__dict__["detail"] = "kept"

    twin = clone(error)

    assert type(twin) is kind
    assert str(twin) == "what happened"
    assert vars(twin) == vars(error)


def test_pickled_response_error_keeps_what_the_api_said() -> None:
    error = ResponseError("no", status=422, code=33, reason="none left", fields={"quantity": "too many"})

    twin = pickled(error)

    assert isinstance(twin, ResponseError)
    assert (twin.status, twin.code, twin.reason, twin.fields) == (422, 33, "none left", {"quantity": "too many"})


def test_importing_the_package_imports_no_client() -> None:
    loaded = loaded_after("import airalo_async")

    assert loaded & {"aiohttp", "attrs", "attr", "cattrs", "yarl", "sqlite3", "asyncio"} == set()


def test_importing_the_command_imports_no_client() -> None:
    loaded = loaded_after("import airalo_async.cli")

    assert loaded & {"aiohttp", "attrs", "attr", "cattrs", "yarl", "sqlite3", "asyncio", "rich"} == set()


def test_pytest_plugin_imports_no_client() -> None:
    loaded = loaded_after("import pytest, sys\nbefore = set(sys.modules)\nimport airalo_async.testing._plugin")

    assert loaded & {"aiohttp", "cattrs", "yarl"} == set()


def test_session_is_imported_on_first_use() -> None:
    loaded = loaded_after("from airalo_async import AiraloSession")

    assert "airalo_async.session" in loaded
    assert loaded & {"airalo_async.testing", "airalo_async.webhooks", "airalo_async.cli", "aiohttp.web"} == set()


def test_session_does_not_import_sqlite() -> None:
    loaded = loaded_after("from airalo_async import AiraloSession")

    assert "sqlite3" not in loaded
