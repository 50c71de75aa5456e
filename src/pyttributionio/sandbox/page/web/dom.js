// Elements. What visitors wrote gets into the page here, as text nodes and harmless attributes alone.

const SVG = "http://www.w3.org/2000/svg";

/** Make an HTML element: attributes, `on` for listeners, then children; text stays text. */
export function h(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

/** Make an SVG element, alike. */
export function s(tag, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "on") for (const [type, listener] of Object.entries(value)) element.addEventListener(type, listener);
    else if (value !== null && value !== undefined && value !== false) setAttribute(element, name, value);
  }
  element.append(...children.flat(2).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

function setAttribute(element, name, value) {
  // Links lead to places of this page and this server: an address that a visitor wrote is never one.
  if (/^on|^style$|^src/i.test(name) || (/href$/i.test(name) && !/^(#|\/(?!\/))/.test(value))) {
    throw new Error(`the attribute ${name} is not set here`);
  }
  element.setAttribute(name, value === true ? "" : String(value));
}

/** Let the arrow keys, Home and End move between an element's links or buttons. */
export function moveByArrows(container, selector) {
  container.addEventListener("keydown", (event) => {
    const stops = [...container.querySelectorAll(selector)];
    const at = stops.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: stops.length - 1 }[event.key];
    if (at < 0 || to === undefined || !stops[to]) return;
    event.preventDefault();
    stops[to].focus();
  });
}

/** Run a function a while (milliseconds) after it is called, once for all calls in between. */
export function soon(run, wait) {
  let waiting = false;
  return () => {
    if (waiting) return;
    waiting = true;
    setTimeout(() => {
      waiting = false;
      run();
    }, wait);
  };
}

/** Put an element's children in place of what it had. */
export function show(element, ...children) {
  element.replaceChildren(...children.flat(2).filter(Boolean));
}
