"""Triggers on files in JavaScript, and files that Cloud Code stores itself.

Rules: reference/cloud-code.md, section 3.5.
"""

from __future__ import annotations

from tests.flows.door import APP_ID, Answer, Door
from tests.jshost.conftest import Hosted

OPEN = {"fileUpload": {"enableForPublic": True}}


async def upload(door: Door, name: str) -> Answer:
    return await door.send("POST", f"/files/{name}", content=b"hello", headers={"content-type": "text/plain"})


SAVES = """
Parse.Cloud.beforeSave(Parse.File, async ({file, fileSize}) => {
  if (file.name() === "bad.txt") throw "no";
  if (file.name() === "coded.txt") throw new Parse.Error(999, "not that");
  if (file.name() === "elsewhere.txt") return Parse.File.fromJSON({
    __type: "File", name: "b.txt", url: "https://cdn.example/b.txt",
  });
  if (file.name() === "other.txt") return new Parse.File("new.csv", [104, 105]);
  file.addMetadata("size", fileSize);
  file.addTag("kind", "text");
  if (file.name() === "filed.txt") file.setDirectory("drawer");
});
Parse.Cloud.afterSave("@File", ({file}) => console.log(`stored ${file.name()} at ${file.url()}`));
"""


async def test_a_file_may_be_refused_changed_or_replaced(hosted: Hosted) -> None:
    async with hosted(SAVES, **OPEN) as door:
        refused, coded = await upload(door, "bad.txt"), await upload(door, "coded.txt")
        elsewhere, other = await upload(door, "elsewhere.txt"), await upload(door, "other.txt")
        filed = await upload(door, "filed.txt")
        content = await door.get(f"/files/{APP_ID}/{other.body['name']}")
        beside = await door.get(f"/files/{APP_ID}/metadata/{filed.body['name']}")

    assert (refused.refusal, coded.refusal) == ((400, 130, "no"), (400, 999, "not that"))
    assert elsewhere.plain == (201, {"name": "b.txt", "url": "https://cdn.example/b.txt"})
    assert (other.body["name"][32:], content.body) == ("_new.csv", b"hi")
    assert filed.body["name"].startswith("drawer/")
    assert beside.body == {"metadata": {"size": 5}}


READS = """
Parse.Cloud.beforeFind(Parse.File, ({file}) => {
  if (file.name().endsWith("secret.txt")) throw "no";
});
Parse.Cloud.afterFind(Parse.File, async (request) => {
  if (request.file.name().endsWith("plain.txt")) return;
  request.forceDownload = true;
  request.responseHeaders["X-By"] = "trigger";
  const text = Buffer.from(await request.file.getData(), "base64").toString();
  return {file: new Parse.File(request.file.name(), {base64: Buffer.from(text + "!").toString("base64")})};
});
Parse.Cloud.beforeDelete(Parse.File, ({file}) => { throw `${file.name().slice(33)} stays`; });
"""


async def test_a_read_may_be_refused_or_changed(hosted: Hosted) -> None:
    async with hosted(READS, **OPEN) as door:
        names = {name: (await upload(door, name)).body["name"] for name in ("secret.txt", "plain.txt", "a.txt")}
        secret, plain, changed = [await door.get(f"/files/{APP_ID}/{name}") for name in names.values()]
        removed = await door.delete(f"/files/{names['plain.txt']}", master=True)

    assert secret.refusal == (403, 141, "no")
    assert (plain.body, plain.headers["x-content-type-options"]) == (b"hello", "nosniff")
    assert (changed.body, changed.headers["x-by"]) == (b"hello!", "trigger")
    assert changed.headers["content-disposition"] == f"attachment;filename={names['a.txt']}"
    assert removed.refusal == (400, 153, "plain.txt stays")


STORES = """
Parse.Cloud.define("store", async () => {
  const file = new Parse.File("made.txt", [104, 105], "text/plain");
  file.setMetadata({by: "function"});
  await file.save({useMasterKey: true});
  return file;
});
"""


async def test_cloud_code_may_store_files(hosted: Hosted) -> None:
    async with hosted(STORES) as door:
        answer = await door.post("/functions/store", {})
        file = answer.body["result"]
        content = await door.get(f"/files/{APP_ID}/{file['name']}")
        beside = await door.get(f"/files/{APP_ID}/metadata/{file['name']}")

    assert file["__type"] == "File"
    assert (content.body, beside.body) == (b"hi", {"metadata": {"by": "function"}})
