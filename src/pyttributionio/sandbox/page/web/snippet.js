/*
 * The sandbox's snippet. It stands in for the vendor's, in development: what the vendor's does inside
 * is not public, so this one does what can be seen from outside and no more.
 *
 *   <script src="http://127.0.0.1:PORT/snippet.js" data-key="PUBLIC_KEY" async></script>
 *
 * (or /snippet.js?key=PUBLIC_KEY). It gives the visitor the cookie AttrioP_<public key>, tells the sandbox
 * of each page, and offers `Attribution`:
 *
 *   Attribution.identify(clientId, meta?)         this visitor is that person
 *   Attribution.track(eventKey, options?)         options: url, transactionId, clientId, isInformational, meta
 *   Attribution.page()                            one more pageview; a new address by history.pushState is
 *                                                 noticed without it, a new #fragment is not
 *   Attribution.visitorId                         the cookie's value
 *
 * The three calls return a promise of true or false, whether the sandbox took it, and never throw.
 */
(function () {
  "use strict";

  var YEAR = 365 * 24 * 60 * 60; // seconds
  var LARGEST_KEPT_ALIVE = 60000; // bytes; browsers allow 64 KiB for all such requests together

  try {
    start(document.currentScript);
  } catch (error) {
    warn(error);
  }

  function start(script) {
    var source = new URL(script.src);
    var key = script.dataset.key || source.searchParams.get("key");
    if (!key) return warn('no public key: write <script src="' + source.origin + '/snippet.js" data-key="PUBLIC_KEY">');
    if (window.Attribution) return warn("window.Attribution is there already and is left alone; is the snippet in twice?");

    var visitor = visitorOf(key);
    var person = remembered("AttrioP_" + key + ".client_id");
    var address = null;
    var referrer = document.referrer;

    function page() {
      address = location.href;
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
      referrer = address; // of the next page, where the document stays the same
      return sent;
    }

    function identify(clientId, meta) {
      person.set(named(clientId, "clientId"));
      return post("/identities", { identity: facts(person.get(), meta) });
    }

    function track(eventKey, options) {
      options = options || {};
      // Without a person the event is still this visitor's, and counts for whoever they turn out to be.
      var clientId = options.clientId == null ? person.get() || randomId() : named(options.clientId, "clientId");
      var event = facts(clientId, options.meta);
      event.event_public_key = named(eventKey, "eventKey");
      event.url = options.url == null ? location.href : String(options.url);
      event.transaction_id = options.transactionId == null ? randomId() : named(options.transactionId, "transactionId");
      event.is_informational = Boolean(options.isInformational);
      return post("/events", { event: event });
    }

    function facts(clientId, meta) {
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
      // Text, so that the browser need not ask first; kept alive, so that it leaves with a page that is left.
      return fetch(source.origin + path, {
        method: "POST",
        headers: { "Content-Type": "text/plain;charset=UTF-8" },
        body: text,
        credentials: "omit",
        keepalive: text.length * 3 < LARGEST_KEPT_ALIVE,
      }).then(function (answer) {
        if (!answer.ok) warn(path + " was answered " + answer.status);
        return answer.ok;
      });
    }

    window.Attribution = Object.freeze({
      identify: guarded(identify),
      track: guarded(track),
      page: guarded(page),
      visitorId: visitor,
    });
    whenRead(window.Attribution.page);
    whenMoved(function () {
      if (address !== null && withoutFragment(address) !== withoutFragment(location.href)) window.Attribution.page();
    });
  }

  /* The visitor's id from the cookie, which is made or made to last for another year. */
  function visitorOf(key) {
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

  /* 24 characters of a-z and 0-9, each as likely as the others. */
  function randomId() {
    var alphabet = "abcdefghijklmnopqrstuvwxyz0123456789";
    var id = "";
    while (id.length < 24) {
      var byte = crypto.getRandomValues(new Uint8Array(1))[0];
      if (byte < 252) id += alphabet[byte % 36]; // 252 is 7 times 36
    }
    return id;
  }

  /* Whom `identify` named last, also on the pages that follow, unless the browser keeps nothing. */
  function remembered(name) {
    var value = null;
    try {
      value = localStorage.getItem(name);
    } catch (error) {} // storage is forbidden: for this page alone, then
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

  function named(value, name) {
    if (value == null || !String(value).trim()) throw new TypeError(name + " is empty: it has to name something");
    return String(value);
  }

  function withoutFragment(url) {
    return url.split("#")[0];
  }

  function whenRead(then) {
    if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", then, { once: true });
    else then();
  }

  /* Applications that change the address without loading a page. Their own call comes first. */
  function whenMoved(then) {
    ["pushState", "replaceState"].forEach(function (name) {
      var original = history[name];
      history[name] = function () {
        var result = original.apply(this, arguments);
        setTimeout(then); // by then most have set the title too
        return result;
      };
    });
    addEventListener("popstate", function () {
      setTimeout(then);
    });
  }

  function guarded(call) {
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
