// Elements. Texts that visitors wrote become only text nodes and harmless attributes.

const SVG = "http://www.w3.org/2000/svg";

/** Create an HTML element with attributes, listeners (`on`) and children; text is never read as HTML. */
export function h(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** Create an SVG element in the same way. */
export function s(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "on") for (const [type, listener] of Object.entries(value)) element.addEventListener(type, listener);
    else if (value !== null && value !== undefined && value !== false) setAttribute(element, name, value);
  }
  element.append(...children.flat(2).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

function setAttribute(element, name, value) {
  // Links lead only to this page and this server, never to an address that a visitor wrote.
  if (/^on|^style$|^src/i.test(name) || (/href$/i.test(name) && !/^(#|\/(?!\/))/.test(value))) {
    throw new Error(`the attribute ${name} is not allowed`);
  }
  element.setAttribute(name, value === true ? "" : String(value));
}

/** Move the focus between an element's links or buttons with the arrow keys, Home and End. */
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

/** Return a function that calls `run` after a wait (milliseconds), once for all its calls in this time. */
export function throttle(run, wait) {
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

/** Replace the children of an element. */
export function show(element, ...children) {
  element.replaceChildren(...children.flat(2).filter(Boolean));
}
