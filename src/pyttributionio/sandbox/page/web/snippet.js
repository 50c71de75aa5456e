/*
 * The sandbox's snippet, which replaces the vendor's in development. The code of the vendor's snippet is not
 * public, so this one does only what can be observed from outside.
 *
 *   <script src="http://127.0.0.1:PORT/snippet.js" data-key="PUBLIC_KEY" async></script>
 *
 * (or /snippet.js?key=PUBLIC_KEY). It sets the visitor's cookie AttrioP_<public key>, posts each pageview to the
 * sandbox, and defines `AttributionSandbox`:
 *
 *   AttributionSandbox.identify(clientId, meta?)  this visitor is that customer
 *   AttributionSandbox.track(eventKey, options?)  options: url, transactionId, clientId, isInformational, meta
 *   AttributionSandbox.page()                     one more pageview; see below when it is not needed
 *   AttributionSandbox.visitorId                  the cookie's value
 *
 * The three calls return a promise of true or false, whether the sandbox accepted the post, and never throw.
 *
 * A pageview is counted when
 *   - the page is loaded; a page that is prerendered posts nothing until it is shown,
 *   - the page is shown again from the back-forward cache,
 *   - its address changes, by the history or the navigation API, unless only the #fragment changes. Replaced
 *     addresses (history.replaceState) count once, until there is none for a second: applications replace the
 *     address while the visitor types or scrolls.
 *
 * The tag may have type="module". The file cannot be imported by another module, because it finds the public key and
 * the sandbox's address in its tag.
 */
(function () {
  "use strict";

  var YEAR = 365 * 24 * 60 * 60; // seconds
  var STORM = 1000; // milliseconds
  var MAX_KEEPALIVE = 60000; // bytes; browsers allow 64 KiB for all requests with keepalive together

  try {
    start(document.currentScript || moduleTag());
  } catch (error) {
    warn(error);
  }

  /* The tag with type="module", for which browsers set no currentScript; null if there is not exactly one. */
  function moduleTag() {
    var tags = Array.prototype.filter.call(document.querySelectorAll('script[type="module"][src]'), function (tag) {
      return new URL(tag.src).pathname === "/snippet.js";
    });
    return tags.length === 1 ? tags[0] : null;
  }

  function start(script) {
    if (!script) return warn('the snippet cannot find its tag: do not import it, but write <script src=".../snippet.js" data-key="PUBLIC_KEY"> once');
    var source = new URL(script.src);
    var key = script.dataset.key || source.searchParams.get("key");
    if (!key) return warn('no public key: write <script src="' + source.origin + '/snippet.js" data-key="PUBLIC_KEY">');
    if (window.AttributionSandbox) return warn("window.AttributionSandbox exists already and is not replaced: is the snippet in the page twice?");

    var visitor = visitorId(key);
    var customer = stored("AttrioP_" + key + ".client_id");
    var address = null;
    var referrer = document.referrer;
    var lastReferrer = referrer;

    function page() {
      address = location.href;
      lastReferrer = referrer;
      var sent = post("/_sandbox/collect", {
        pageview: {
          public_key: key,
          visitor_id: visitor,
          url: address,
          referrer: referrer || null,
          title: document.title || null,
          user_agent: navigator.userAgent,
        },
      });
      referrer = address; // of the next pageview, if no new document is loaded
      return sent;
    }

    function identify(clientId, meta) {
      customer.set(required(clientId, "clientId"));
      return post("/identities", { identity: commonMembers(customer.get(), meta) });
    }

    function track(eventKey, options) {
      options = options || {};
      // Without a customer the event belongs to the visitor, and to the customer that is identified later.
      var clientId = options.clientId == null ? customer.get() || randomId() : required(options.clientId, "clientId");
      var event = commonMembers(clientId, options.meta);
      event.event_public_key = required(eventKey, "eventKey");
      event.url = options.url == null ? location.href : String(options.url);
      event.transaction_id = options.transactionId == null ? randomId() : required(options.transactionId, "transactionId");
      event.is_informational = Boolean(options.isInformational);
      return post("/events", { event: event });
    }

    function commonMembers(clientId, meta) {
      return {
        aliases: [visitor],
        client_id: clientId,
        public_key: key,
        created_at: Math.floor(Date.now() / 1000),
        meta: Object.assign({ agent: navigator.userAgent }, meta),
      };
    }

    function post(path, body) {
      var text = JSON.stringify(body);
      if (document.prerendering) return whenShown(function () { return send(path, text); });
      return send(path, text);
    }

    function send(path, text) {
      // As text, so that the browser sends no preflight; with keepalive, so that it is sent when the page is left.
      return fetch(source.origin + path, {
        method: "POST",
        headers: { "Content-Type": "text/plain;charset=UTF-8" },
        body: text,
        credentials: "omit",
        keepalive: text.length * 3 < MAX_KEEPALIVE,
      }).then(function (answer) {
        if (!answer.ok) warn(path + " was answered " + answer.status);
        return answer.ok;
      });
    }

    var calls = Object.freeze({
      identify: safe(identify),
      track: safe(track),
      page: safe(page),
      get visitorId() {
        return visitor;
      },
    });
    window.AttributionSandbox = calls;
    whenLoaded(calls.page);
    whenShownAgain(function () {
      // Other pages may have changed both in the meantime.
      visitor = visitorId(key);
      customer = stored("AttrioP_" + key + ".client_id");
      referrer = lastReferrer;
      calls.page();
    });
    whenAddressChanges(function (counts) {
      if (address === null || withoutFragment(address) === withoutFragment(location.href)) return;
      if (counts()) calls.page();
      else address = referrer = location.href;
    });
  }

  /* The visitor's id from the cookie, which is created or renewed for another year. */
  function visitorId(key) {
    var name = "AttrioP_" + encodeURIComponent(key).replace(/[()]/g, escaped);
    var found = document.cookie.split("; ").find(function (pair) {
      return pair.indexOf(name + "=") === 0 && pair.length > name.length + 1;
    });
    var value = found ? found.slice(name.length + 1) : randomId();
    var secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = name + "=" + value + "; Path=/; Max-Age=" + YEAR + "; SameSite=Lax" + secure;
    return value;
  }

  function escaped(character) {
    return "%" + character.charCodeAt(0).toString(16).toUpperCase();
  }

  /* 24 characters of a-z and 0-9, all with the same probability. */
  function randomId() {
    var alphabet = "abcdefghijklmnopqrstuvwxyz0123456789";
    var id = "";
    while (id.length < 24) {
      var byte = crypto.getRandomValues(new Uint8Array(1))[0];
      if (byte < 252) id += alphabet[byte % 36]; // 252 is 7 times 36
    }
    return id;
  }

  /* A value that is kept for the next pages too, unless storage is forbidden. */
  function stored(name) {
    var value = null;
    try {
      value = localStorage.getItem(name);
    } catch (error) {} // storage is forbidden: the value lasts as long as the page
    return {
      get: function () {
        return value;
      },
      set: function (given) {
        value = given;
        try {
          localStorage.setItem(name, given);
        } catch (error) {}
      },
    };
  }

  function required(value, name) {
    if (value == null || !String(value).trim()) throw new TypeError(name + " is empty");
    return String(value);
  }

  function withoutFragment(url) {
    return url.split("#")[0];
  }

  function whenLoaded(then) {
    if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", then, { once: true });
    else then();
  }

  /* Prerendered pages are loaded before the visitor opens them, and often never opened. */
  function whenShown(then) {
    return new Promise(function (resolve) {
      document.addEventListener("prerenderingchange", function () { resolve(then()); }, { once: true });
    });
  }

  function whenShownAgain(then) {
    addEventListener("pageshow", function (event) {
      if (event.persisted) then();
    });
  }

  /* For applications that change the address without loading a page. `then` runs after the change, with a function
   * that returns whether the change counts. */
  function whenAddressChanges(then) {
    var stormEnds = 0;

    function changed(replaced) {
      setTimeout(function () { // later, when most applications have set the title too
        then(function () {
          if (!replaced) return true;
          var first = Date.now() >= stormEnds;
          stormEnds = Date.now() + STORM;
          return first;
        });
      });
    }

    if (window.navigation && window.navigation.addEventListener) {
      // It tells of all changes: by history.pushState, by navigation.navigate, and by the back button.
      window.navigation.addEventListener("currententrychange", function (event) {
        changed(event.navigationType === "replace");
      });
      return;
    }
    ["pushState", "replaceState"].forEach(function (name) {
      var original = history[name];
      history[name] = function () {
        var result = original.apply(this, arguments);
        changed(name === "replaceState");
        return result;
      };
    });
    addEventListener("popstate", function () {
      changed(false);
    });
  }

  function safe(call) {
    return function () {
      try {
        return call.apply(null, arguments).catch(failed);
      } catch (error) {
        return Promise.resolve(failed(error));
      }
    };
  }

  function failed(error) {
    warn(error);
    return false;
  }

  function warn(message) {
    console.warn("[sandbox of Attribution.io]", message);
  }
})();
