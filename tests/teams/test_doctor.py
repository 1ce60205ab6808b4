"""What the doctor says of Teams."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from click.testing import CliRunner
from cloud import APP, SECRET, TENANT, Cloud
from ports import served

from adapters.teams import examining
from adapters.teams.part import Line, TeamsPart
from bot.cli import commands
from bot.delivering import DeliveryError
from bot.settings import TeamsSettings


def settings(cloud: Cloud, *, password: str = SECRET, keys: str = "/meta") -> TeamsSettings:
    keys_url = f"{cloud.url}{keys}"
    return TeamsSettings(APP, password, "SingleTenant", TENANT, keys_url=keys_url, login_url=cloud.url)


class Deaf:
    async def hear(self, turn: object) -> None:
        return None


@pytest.fixture(scope="module")
def client(cloud: Cloud) -> Iterator[httpx.Client]:
    with served(TeamsPart(settings(cloud), Line.open(settings(cloud)), Deaf())) as client:
        yield client


def test_a_good_identity_is_named(cloud: Cloud) -> None:
    assert examining.identity(settings(cloud)) == f"SingleTenant {APP}"


def test_a_wrong_secret_is_told(cloud: Cloud) -> None:
    with pytest.raises(DeliveryError, match="MicrosoftAppPassword"):
        examining.identity(settings(cloud, password="wrong"))


def test_who_is_let_in_is_named(cloud: Cloud) -> None:
    assert examining.keys(settings(cloud)) == f"let in: {TENANT}"


def test_keys_that_cannot_be_fetched_are_told(cloud: Cloud) -> None:
    with pytest.raises(DeliveryError, match="no keys from"):
        examining.keys(settings(cloud, keys="/nothing"))


def test_an_endpoint_that_refuses_strangers_is_fine(cloud: Cloud, client: httpx.Client) -> None:
    assert examining.endpoint(settings(cloud), str(client.base_url)).endswith("refuses strangers")


def test_without_a_public_address_the_endpoint_is_not_asked(cloud: Cloud) -> None:
    assert "VEJVISER_PUBLIC_URL" in examining.endpoint(settings(cloud), "")


def test_an_endpoint_that_cannot_be_reached_is_told(cloud: Cloud) -> None:
    with pytest.raises(DeliveryError, match="cannot be reached"):
        examining.endpoint(settings(cloud), "http://127.0.0.1:9")


def test_another_server_at_the_address_is_told(cloud: Cloud) -> None:
    with pytest.raises(DeliveryError, match="instead of 401"):
        examining.endpoint(settings(cloud), cloud.url)


def test_the_command_tells_all_of_it(cloud: Cloud, client: httpx.Client, tmp_path: object) -> None:
    environment = {
        "VEJVISER_HOME": str(tmp_path),
        "VEJVISER_PUBLIC_URL": str(client.base_url),
        "MicrosoftAppId": APP,
        "MicrosoftAppPassword": SECRET,
        "MicrosoftAppType": "SingleTenant",
        "MicrosoftAppTenantId": TENANT,
        "TO_BOT_FROM_CHANNEL_OPENID_METADATA_URL": f"{cloud.url}/meta",
        "TO_CHANNEL_FROM_BOT_LOGIN_URL": cloud.url,
    }

    result = CliRunner().invoke(commands, ["doctor"], env=environment)

    assert "refuses strangers" in result.output
    assert SECRET not in result.output
