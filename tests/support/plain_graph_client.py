"""A plain HTTP client of the pretend Graph: a token, and no patience."""

import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from tests.support.lab_cloud import APP, SECRET, TENANT, LabCloud, lab_cloud

ADVANCED = {"ConsistencyLevel": "eventual"}
ADELE = "/users/00000000-0000-4000-8000-000000000022"
FIRST = "/users/00000000-0000-4000-8000-000000000101"


@dataclass
class GraphReply:
    status: int
    body: Any
    headers: Mapping[str, str]

    @property
    def code(self) -> str:
        return str(self.body["error"]["code"])


class PlainGraphClient:
    """An HTTP client with a token and no patience."""

    def __init__(self, cloud: LabCloud, session: aiohttp.ClientSession, token: str) -> None:
        self.cloud, self.session, self.token = cloud, session, token

    async def __call__(self, method: str, path: str, query: Mapping[str, str] = {}, body: Any = None, **headers: str) -> GraphReply:
        named = {"Authorization": f"Bearer {self.token}", **{name.replace("_", "-"): value for name, value in headers.items()}}
        url = path if path.startswith("https:") else f"{self.cloud.hosts.graph}/v1.0{path}"
        async with self.session.request(method, url, params=query, json=body, headers=named) as response:
            told = await response.json() if response.content_type == "application/json" else None
            return GraphReply(response.status, told, response.headers)

    async def get(self, path: str, query: Mapping[str, str] = {}, **headers: str) -> GraphReply:
        return await self("GET", path, query, **headers)

    async def names(self, filter_: str, path: str = "/users", advanced: bool = False) -> list[str]:
        query = {"$filter": filter_, "$select": "displayName", "$top": "999", **({"$count": "true"} if advanced else {})}
        told = await self.get(path, query, **(ADVANCED if advanced else {}))
        assert told.status == 200, told.body
        return [row["displayName"] for row in told.body["value"]]

    async def login(self, **form: str) -> GraphReply:
        url = f"{self.cloud.hosts.login}/{form.pop('tenant', TENANT)}/oauth2/v2.0/token"
        sent = {"grant_type": "client_credentials", "client_id": APP, "client_secret": SECRET, "scope": "https://x/.default", **form}
        async with self.session.post(url, data=sent) as response:
            return GraphReply(response.status, await response.json(), response.headers)


@asynccontextmanager
async def plain_graph_client(path: Path, **more: Any) -> AsyncIterator[PlainGraphClient]:
    async with lab_cloud(path, **more) as cloud:
        trust = ssl.create_default_context(cafile=cloud.hosts.ca)
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=trust)) as session:
            yield PlainGraphClient(cloud, session, await cloud.tokens().token())
