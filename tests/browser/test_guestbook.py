"""The guestbook in a browser: two guests with Parse's own JavaScript SDK, beside each other."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import FrameLocator, Page, expect


@dataclass(frozen=True, slots=True)
class Desk:
    """One half of the page, as its guest uses it."""

    frame: FrameLocator

    def come_in(self, name: str) -> None:
        self.frame.get_by_label("Name").fill(name)
        self.frame.get_by_label("Password").fill(f"the password of {name}")
        self.frame.get_by_role("button", name="Come in").click()
        expect(self.frame.get_by_role("status")).to_have_text(f"You are in, {name}.")

    def sign(self, text: str) -> None:
        self.frame.get_by_label("Your entry").fill(text)
        self.frame.get_by_role("button", name="Sign the book").click()

    def change(self, old: str, new: str) -> None:
        entry = self.frame.get_by_role("listitem").filter(has_text=old)
        entry.get_by_role("button").click()
        self.frame.get_by_label("New text").fill(new)
        self.frame.get_by_role("button", name="Save").click()


def desk(page: Page, guest: str) -> Desk:
    return Desk(page.frame_locator(f'iframe[title="{guest}\'s desk"]'))


def test_what_one_guest_writes_the_other_reads(page: Page) -> None:
    ada, bob = desk(page, "Ada"), desk(page, "Bob")
    ada.come_in("Ada Reader")

    ada.sign("A fine house.")

    expect(ada.frame.get_by_role("status")).to_have_text("Your entry is in the book.")
    expect(bob.frame.get_by_role("listitem").filter(has_text="A fine house.")).to_contain_text("Ada Reader")


def test_a_guest_changes_its_own_entry(page: Page) -> None:
    ada, bob = desk(page, "Ada"), desk(page, "Bob")
    ada.come_in("Ada Changer")
    ada.sign("A first thought.")

    ada.change("A first thought.", "A second thought.")

    expect(ada.frame.get_by_role("status")).to_have_text("The entry is changed.")
    expect(bob.frame.get_by_text("A second thought.")).to_be_visible()


def test_an_acl_refuses_the_other_guest_and_the_page_says_why(page: Page) -> None:
    ada, bob = desk(page, "Ada"), desk(page, "Bob")
    ada.come_in("Ada Owner")
    bob.come_in("Bob Stranger")
    ada.sign("This is mine.")

    bob.change("This is mine.", "Now it is mine.")

    expect(bob.frame.get_by_role("status")).to_have_text("Object not found. (code 101)")
    expect(bob.frame.get_by_role("note")).to_contain_text("ACL")
    expect(ada.frame.get_by_text("This is mine.")).to_be_visible()
    expect(bob.frame.get_by_text("This is mine.")).to_be_visible()


def test_the_server_refuses_an_empty_entry(page: Page) -> None:
    ada = desk(page, "Ada")
    ada.come_in("Ada Silent")

    ada.sign("   ")

    expect(ada.frame.get_by_role("status")).to_have_text("Please write something. (code 142)")


def test_a_guest_is_still_there_after_a_reload(page: Page) -> None:
    desk(page, "Ada").come_in("Ada Patient")

    page.reload()

    expect(desk(page, "Ada").frame.get_by_text("Welcome, Ada Patient")).to_be_visible()
    expect(desk(page, "Bob").frame.get_by_role("button", name="Come in")).to_be_visible()


def test_a_guest_can_leave(page: Page) -> None:
    ada = desk(page, "Ada")
    ada.come_in("Ada Leaver")

    ada.frame.get_by_role("button", name="Leave").click()

    expect(ada.frame.get_by_role("button", name="Come in")).to_be_visible()
