// What tools find in their global scope and is easier to say in JavaScript: fetch and its kin, text encoding.
// Runs once, before the snapshot. Takes what it uses at once, so that a tool that replaces a global breaks only itself.
(native) => {
    "use strict";
    const { fetch_now, utf8_encode, utf8_decode } = native;
    const define = (on, name, value) =>
        Object.defineProperty(on, name, { value, writable: true, configurable: true, enumerable: false });

    class TextEncoder {
        get encoding() { return "utf-8"; }
        encode(text = "") { return utf8_encode(`${text}`); }
    }

    class TextDecoder {
        constructor(label = "utf-8") {
            const name = `${label}`.toLowerCase();
            if (name !== "utf-8" && name !== "utf8") throw new RangeError(`only utf-8 is known, not ${label}`);
        }
        get encoding() { return "utf-8"; }
        decode(bytes) {
            if (bytes === undefined) return "";
            const view = ArrayBuffer.isView(bytes) ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength) : bytes;
            const text = utf8_decode(view);
            return text.charCodeAt(0) === 0xFEFF ? text.slice(1) : text;
        }
    }

    class Headers {
        #fields = new Map();
        constructor(from) {
            if (from === undefined || from === null) return;
            const pairs = typeof from[Symbol.iterator] === "function" ? from : Object.entries(from);
            for (const [name, value] of pairs) this.append(name, value);
        }
        append(name, value) {
            const key = `${name}`.toLowerCase();
            const before = this.#fields.get(key);
            this.#fields.set(key, before === undefined ? `${value}` : `${before}, ${value}`);
        }
        set(name, value) { this.#fields.set(`${name}`.toLowerCase(), `${value}`); }
        get(name) { return this.#fields.get(`${name}`.toLowerCase()) ?? null; }
        has(name) { return this.#fields.has(`${name}`.toLowerCase()); }
        delete(name) { this.#fields.delete(`${name}`.toLowerCase()); }
        forEach(call, self) { for (const [name, value] of this.entries()) call.call(self, value, name, this); }
        entries() { return [...this.#fields].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))[Symbol.iterator](); }
        keys() { return [...this.entries()].map(([name]) => name)[Symbol.iterator](); }
        values() { return [...this.entries()].map(([, value]) => value)[Symbol.iterator](); }
        [Symbol.iterator]() { return this.entries(); }
        toJSON() { return Object.fromEntries(this.entries()); }
    }

    class Response {
        #body;
        #used = false;
        constructor(body, { status = 200, statusText = "", headers, url = "" } = {}) {
            this.#body = body ?? "";
            this.status = status;
            this.statusText = statusText;
            this.headers = new Headers(headers);
            this.url = url;
        }
        get ok() { return this.status >= 200 && this.status <= 299; }
        get bodyUsed() { return this.#used; }
        #take() {
            if (this.#used) throw new TypeError("the body was read already");
            this.#used = true;
            return this.#body;
        }
        async bytes() {
            const body = this.#take();
            return typeof body === "string" ? utf8_encode(body) : body;
        }
        async text() {
            const body = this.#take();
            return typeof body === "string" ? body : utf8_decode(body);
        }
        async json() { return JSON.parse(await this.text()); }
        async arrayBuffer() { return (await this.bytes()).buffer; }
    }

    const body_of = (body) => {
        if (body === undefined || body === null || typeof body === "string") return body ?? undefined;
        if (body instanceof ArrayBuffer) return new Uint8Array(body);
        if (ArrayBuffer.isView(body)) return new Uint8Array(body.buffer, body.byteOffset, body.byteLength);
        return `${body}`;
    };

    async function fetch(url, init = {}) {
        const headers = new Headers(init.headers);
        const answer = fetch_now(`${url?.href ?? url}`, `${init.method ?? "GET"}`.toUpperCase(), [...headers].flat(), body_of(init.body));
        return new Response(answer.body, {
            status: answer.status, statusText: answer.status_text, headers: answer.headers, url: answer.url,
        });
    }

    for (const [name, value] of Object.entries({ TextEncoder, TextDecoder, Headers, Response, fetch })) {
        define(globalThis, name, value);
    }
    define(tgp, "fetch", fetch);
}
