"use strict";
// A file in a trigger: made of a frame, and what the handler leaves of it made into an answer.
// Rules: reference/cloud-code.md, section 3.5.

/** Put the file of a frame into a handler's request. */
function layFile(request, frame, Parse) {
  const told = frame.file;
  const file = new Parse.File(told.name, { base64: told.base64 }, told.type ?? undefined, told.metadata, told.tags);
  if (told.url !== null) file._url = told.url;
  if (told.directory !== null) file.setDirectory?.(told.directory);
  request.file = file;
  delete request.context;
  if (frame.kind.endsWith("Find")) {
    if (frame.kind === "afterFind") {
      request.forceDownload = false;
      request.responseHeaders = told.headers;
    }
    return;
  }
  request.fileSize = told.size;
  if (told.isStream) request.stream = true;
}

/** What is to become of the file: another one that was returned, or this one as it is now. */
function leftFile(request, frame, value, Parse) {
  if (frame.kind.endsWith("Find")) {
    const file = (value instanceof Parse.File ? value : value?.file) ?? request.file;
    const left = { name: file._name };
    if (frame.kind === "beforeFind") return left;
    left.forceDownload = request.forceDownload;
    left.headers = request.responseHeaders ?? {};
    if (file !== request.file) left.base64 = content(file);
    return left;
  }
  if (frame.kind !== "beforeSave") return {};
  const file = value instanceof Parse.File ? value : request.file;
  if (file !== request.file && file.url()) return { name: file._name, url: file.url() };
  const left = { name: file._name, metadata: file._metadata ?? {}, tags: file._tags ?? {} };
  if (file._source?.type) left.type = file._source.type;
  if (file._directory) left.directory = file._directory;
  if (file !== request.file || content(file) !== frame.file.base64) left.base64 = content(file);
  return left;
}

/** The content in base64, of a file that was made of bytes. */
function content(file) {
  return file._source?.format === "buffer" ? file._source.buffer.toString("base64") : (file._data ?? "");
}

module.exports = { layFile, leftFile };
