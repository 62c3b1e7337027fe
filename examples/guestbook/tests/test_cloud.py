import pytest

from parsonage.protocol.errors import ObjectNotFound, ParseError
from parsonage.testing.throwaway import Throwaway


async def test_an_entry_carries_its_writers_name(parse: Throwaway) -> None:
    ada = await parse.sign_up("ada")

    entry = await ada.object("Entry", text="  What a   fine house. ").save()

    assert (entry["name"], entry["text"]) == ("ada", "What a fine house.")


async def test_nobody_changes_what_another_wrote(parse: Throwaway) -> None:
    ada, bob = await parse.sign_up("ada"), await parse.sign_up("bob")
    entry = await ada.object("Entry", text="This is mine.").save()

    with pytest.raises(ObjectNotFound):
        await bob.object("Entry", entry.id, text="Now it is mine.").save()


async def test_an_empty_entry_is_refused(parse: Throwaway) -> None:
    ada = await parse.sign_up("ada")

    with pytest.raises(ParseError, match=r"Please write something\."):
        await ada.object("Entry", text="   ").save()


async def test_guests_are_counted(parse: Throwaway) -> None:
    ada = await parse.sign_up("ada")
    await ada.object("Entry", text="One.").save()
    await ada.object("Entry", text="Two.").save()

    assert await parse.anybody.call("guests") == {"entries": 2, "guests": 1}
