"use strict";
// The mail modules of hosted Parse, over what their vendors offer today (PC604). `sendEmail` takes what it took, and
// resolves with the vendor's answer.

const { httpRequest } = require("./http_request");

const JSON_TYPE = { "Content-Type": "application/json" };

/** Where a vendor listens: in another region, or for tests, the operator says so. */
const at = (name, usual) => process.env[`PARSONAGE_${name.toUpperCase()}_URL`] ?? usual;

const VENDORS = {
  mailgun: {
    takes: "(domain, key)",
    request: ([domain, key], mail) => ({
      url: `${at("mailgun", "https://api.mailgun.net")}/v3/${encodeURIComponent(domain)}/messages`,
      headers: { Authorization: `Basic ${Buffer.from(`api:${key}`).toString("base64")}` },
      body: withoutNothing(mail),
    }),
  },
  mandrill: {
    takes: "(key)",
    request: ([key], mail) => ({
      url: `${at("mandrill", "https://mandrillapp.com")}/api/1.0/messages/send.json`,
      headers: { ...JSON_TYPE },
      body: { key, ...mail },
    }),
  },
  sendgrid: {
    takes: "(user, key)",
    request: ([, key], mail) => ({
      url: `${at("sendgrid", "https://api.sendgrid.com")}/v3/mail/send`,
      headers: { ...JSON_TYPE, Authorization: `Bearer ${key}` },
      body: ofSendGrid(mail),
    }),
  },
};

function mailModule(name, { Parse, log, adopt }) {
  const { takes, request } = VENDORS[name];
  const wanted = takes.split(",").length;
  let keys = null;
  const known = {
    initialize: (...given) => {
      keys = given;
      return known;
    },
    sendEmail: (mail, callbacks = {}) => adopt(send(mail))._thenRunCallbacks(callbacks),
  };

  async function send(mail) {
    if (keys === null) throw missing(`${name}.initialize${takes} was not called`);
    if (keys.length < wanted || keys.slice(0, wanted).some((key) => !key)) {
      throw missing(`${name}.initialize${takes} was called without them all`);
    }
    return httpRequest({ method: "POST", ...request(keys, mail) });
  }

  function missing(text) {
    log.error(`no mail was sent: ${text} (PC604)`);
    return new Parse.Error(Parse.Error.SCRIPT_FAILED, `${text} (PC604)`);
  }

  return new Proxy(known, {
    get: (target, key) => {
      if (key in target || typeof key === "symbol" || key === "then") return target[key];
      return () => {
        throw new Error(`${name}.${String(key)} can't be done here: only sendEmail is (PC604)`);
      };
    },
  });
}

const withoutNothing = (map) => Object.fromEntries(Object.entries(map).filter(([, value]) => value !== undefined && value !== null));

/** The flat fields of its second version as a mail of its third. */
function ofSendGrid({ to, toname, cc, bcc, from, fromname, replyto, subject, text, html }) {
  const people = (given, names) =>
    given === undefined ? undefined : [given].flat().map((email, index) => withoutNothing({ email, name: [names].flat()[index] }));
  return withoutNothing({
    personalizations: [withoutNothing({ to: people(to, toname), cc: people(cc), bcc: people(bcc) })],
    from: withoutNothing({ email: from, name: fromname }),
    reply_to: replyto && { email: replyto },
    subject,
    content: [
      ...(text ? [{ type: "text/plain", value: text }] : []),
      ...(html ? [{ type: "text/html", value: html }] : []),
    ],
  });
}

module.exports = { mailModule };
