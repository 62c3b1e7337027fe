"""The record of options travels between processes."""

from __future__ import annotations

import msgspec
import pytest

from parsonage.options.model import Access, App, DeniedKeyword, Keys, Network, Options


def test_options_survive_the_way_to_another_process() -> None:
    options = Options(
        App("a"), Keys("m"), access=Access(denied_keywords=(DeniedKeyword(value=5),)), public={"/": "web"}
    )

    assert msgspec.json.decode(msgspec.json.encode(options), type=Options) == options


@pytest.mark.parametrize(
    ("network", "url"),
    [
        (Network(), "http://127.0.0.1:1337/parse"),
        (Network(host="::1", port=80), "http://[::1]:80/parse"),
        (Network(public_server_url="https://example.org/api"), "https://example.org/api"),
    ],
)
def test_the_url_is_one_that_can_be_opened(network: Network, url: str) -> None:
    assert network.url == url
