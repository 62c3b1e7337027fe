"use strict";
// Parse.Cloud.httpRequest. Rules: reference/cloud-code.md, section 8; PC601, PC602.

const http = require("node:http");
const https = require("node:https");
const querystring = require("node:querystring");

const MOST_REDIRECTS = 10;

class HTTPResponse {
  constructor(message, buffer) {
    this.status = message.statusCode;
    this.headers = message.headers;
    this.cookies = cookiesOf(message.headers["set-cookie"]);
    this.buffer = buffer;
  }

  get text() {
    return this.buffer.toString("utf8");
  }

  /** The body as JSON or as a form, by its own word; undefined where it is neither. */
  get data() {
    const type = String(this.headers["content-type"] ?? "");
    if (/application\/x-www-form-urlencoded/.test(type)) return querystring.parse(this.text);
    try {
      return JSON.parse(this.text);
    } catch {
      return undefined;
    }
  }
}

function cookiesOf(lines) {
  const cookies = {};
  for (const line of lines ?? []) {
    const [pair, ...attributes] = line.split(/; */);
    const at = pair.indexOf("=");
    if (at < 1) continue;
    const cookie = { name: pair.slice(0, at), value: pair.slice(at + 1) };
    for (const attribute of attributes) {
      const [key, value] = attribute.split("=");
      cookie[key.toLowerCase()] = value ?? true;
    }
    cookies[cookie.name] = cookie;
  }
  return cookies;
}

function bodyOf(body, headers) {
  if (body === undefined || body === null) return undefined;
  if (typeof body !== "object" || Buffer.isBuffer(body)) return Buffer.isBuffer(body) ? body : String(body);
  const name = Object.keys(headers).find((key) => key.toLowerCase() === "content-type");
  if (name !== undefined && /application\/json/.test(headers[name])) return JSON.stringify(body);
  headers[name ?? "Content-Type"] ??= "application/x-www-form-urlencoded";
  return querystring.stringify(body);
}

function urlWith(given, params) {
  const url = new URL(given);
  if (typeof params === "string") url.search = params.replace(/^\?/, "");
  else for (const [key, value] of Object.entries(params ?? {})) url.searchParams.append(key, String(value));
  return url;
}

function send(url, method, headers, body, redirects) {
  return new Promise((resolve, reject) => {
    const client = url.protocol === "https:" ? https : http;
    const request = client.request(url, { method, headers }, (message) => {
      const chunks = [];
      message.on("data", (chunk) => chunks.push(chunk));
      message.on("error", reject);
      message.on("end", () => {
        const { location } = message.headers;
        if (redirects > 0 && location && message.statusCode >= 300 && message.statusCode < 400) {
          const next = new URL(location, url);
          // Credentials stay with the host that they were meant for.
          const kept = Object.entries(headers).filter(([name]) => next.host === url.host || !/^(authorization|cookie)$/i.test(name));
          const again = message.statusCode === 307 || message.statusCode === 308;
          const bare = kept.filter(([name]) => again || !/^content-(type|length)$/i.test(name));
          resolve(send(next, again ? method : "GET", Object.fromEntries(bare), again ? body : undefined, redirects - 1));
        } else {
          resolve(new HTTPResponse(message, Buffer.concat(chunks)));
        }
      });
    });
    request.on("error", reject);
    if (body !== undefined) request.setHeader("Content-Length", Buffer.byteLength(body));
    request.end(body);
  });
}

/** One request; rejects with the response itself where its status is below 200 or from 400. */
async function httpRequest(options) {
  const headers = { ...options.headers };
  const body = bodyOf(options.body, headers);
  let url;
  try {
    url = urlWith(options.url, options.params);
  } catch {
    throw new globalThis.Parse.Error(107, `httpRequest: ${options.url} is no URL`);
  }
  const redirects = options.followRedirects === true ? MOST_REDIRECTS : 0;
  const response = await send(url, (options.method ?? "GET").toUpperCase(), headers, body, redirects);
  if (response.status < 200 || response.status >= 400) throw response;
  return response;
}

module.exports = { httpRequest };
