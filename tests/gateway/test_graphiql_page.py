"""What a browser is shown, and how little it is told to trust."""

from pathlib import Path

import httpx
import pytest

from gateway import graphiql_page
from tests.gateway.conftest import AppOf, client_of

BROWSER = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


@pytest.fixture
def bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty place for the bundle."""
    folder = tmp_path / "dist"
    monkeypatch.setattr(graphiql_page, "BUNDLE", folder)
    return folder


def build(folder: Path) -> None:
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<title>GraphiQL</title>", encoding="utf-8")
    (folder / "assets" / "index-1.js").write_text("export {}", encoding="utf-8")


async def test_graphiql_is_served_from_our_own_origin(bundle: Path, app_with: AppOf) -> None:
    build(bundle)
    async with client_of(app_with()) as client:
        page = await client.get("/graphql", headers=BROWSER)
        script = await client.get("/graphiql/assets/index-1.js")
    assert (page.status_code, page.text) == (200, "<title>GraphiQL</title>")
    assert page.headers["cache-control"] == "no-cache"
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    assert "http" not in policy
    assert (script.status_code, script.text) == (200, "export {}")
    assert "immutable" in script.headers["cache-control"]
    assert script.headers["x-content-type-options"] == "nosniff"


async def test_where_it_was_not_built_the_page_tells_how_to_ask(bundle: Path, app_with: AppOf) -> None:
    async with client_of(app_with()) as client:
        page = await client.get("/graphql?query=%3Cscript%3E", headers=BROWSER)
    assert page.status_code == 200
    assert "curl http://portal.test/graphql " in page.text
    assert "npm --prefix gateway/graphiql run build" in page.text
    assert "script>" not in page.text
    assert "script-src" not in page.headers["content-security-policy"]


async def test_a_host_name_can_not_write_into_the_page(bundle: Path, app_with: AppOf) -> None:
    async with client_of(app_with()) as client:
        page = await client.get("/graphql", headers=BROWSER | {"host": 'x"><script>alert(1)</script>'})
    assert "<script>" not in page.text


async def test_a_page_built_later_is_served_without_a_restart(bundle: Path, app_with: AppOf) -> None:
    async with client_of(app_with()) as client:
        assert "npm" in (await client.get("/graphql", headers=BROWSER)).text
        build(bundle)
        assert "GraphiQL" in (await client.get("/graphql", headers=BROWSER)).text


async def test_nothing_beside_the_assets_is_served(bundle: Path, app_with: AppOf) -> None:
    build(bundle)
    (bundle / "secret.txt").write_text("hunter2", encoding="utf-8")
    async with client_of(app_with()) as client:
        for path in ("/graphiql/secret.txt", "/graphiql/assets/../secret.txt", "/graphiql/assets/%2e%2e/secret.txt"):
            answer = await client.get(path)
            assert (answer.status_code, "hunter2" in answer.text) == (404, False)


async def test_the_page_can_be_turned_off(app_with: AppOf) -> None:
    async with client_of(app_with(graphiql=False)) as client:
        assert (await client.get("/graphql", headers=BROWSER)).status_code == 401
        assert (await client.get("/")).status_code == 404


async def test_the_root_leads_to_the_page(client: httpx.AsyncClient) -> None:
    answer = await client.get("/")
    assert answer.headers["location"] == "/graphql"


async def test_an_unknown_path_is_told_in_json(client: httpx.AsyncClient) -> None:
    answer = await client.get("/nope")
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (404, "NOT_FOUND")


async def test_only_named_origins_may_ask_from_a_browser(app_with: AppOf) -> None:
    preflight = {"origin": "https://portal.example", "access-control-request-method": "POST"}
    asked = preflight | {"access-control-request-headers": "authorization,content-type"}
    async with client_of(app_with(allowed_origins=["https://portal.example"])) as client:
        answer = await client.options("/graphql", headers=asked)
        assert answer.headers["access-control-allow-origin"] == "https://portal.example"
        other = await client.options("/graphql", headers=asked | {"origin": "https://else.example"})
        assert "access-control-allow-origin" not in other.headers
    async with client_of(app_with()) as client:
        nobody = await client.options("/graphql", headers=asked)
        assert "access-control-allow-origin" not in nobody.headers
