// What is pressed is done once, or it is said that it is not. Before the page is connected a press waits, and shows that; where the page
// begins anew instead, it says that nothing was done. While the connection is lost nothing is taken: it would be done when nobody expects it.
// And where the hub does not say that it has heard a press, that is said: a network may be gone before anybody notices.
// What is drawn anew under a finger gets no click, and one that is under way to the hub by then is nobody's: both are said.
"use strict";
(() => {
  const words = document.currentScript.dataset;
  const WAITS = "hulian-pressed";
  const PATIENCE = 5000; // milliseconds until it is said that the hub cannot be reached
  const PRESSED = "button:not([data-switch], [data-own]), select, input[type=checkbox], input[type=range]";
  const HELD = "button, a[href], input[type=checkbox], input[type=range]";
  const NEAR = 24; // pixels: further away a finger is lifted on purpose, so that nothing is done
  const missed = sessionStorage.getItem(WAITS) !== null;
  const waiting = new Set();
  const sent = new Set();
  let held = null;
  let spaced = null;
  let lost = false;
  sessionStorage.removeItem(WAITS);

  function tell(message) {
    window.Quasar?.Notify.create({ message, type: "warning", position: "top", timeout: 8000, group: message });
    window.hulian?.say?.(message);
  }
  function wait(it) {
    sessionStorage.setItem(WAITS, "yes");
    waiting.add(it);
    it.setAttribute("aria-busy", "true");
  }
  function refuse(event, it) {
    event.stopImmediatePropagation();
    event.preventDefault();
    if (it.dataset.before !== undefined) it.value = it.dataset.before;
    tell(words.unheard);
  }
  function press(event) {
    const it = event.target.closest?.(PRESSED);
    if (!it) return;
    sent.add(it.id);
    if (!window.did_handshake) wait(it);
    else if (!window.socket.connected) refuse(event, it);
    else setTimeout(heard); // after the press itself: what comes in one line arrives in its order
  }
  function heard() {
    window.socket.timeout(PATIENCE).emit("heard", (late) => late && tell(words.doubt));
  }
  for (const type of ["click", "change"]) document.addEventListener(type, press, true);
  document.addEventListener("focusin", ({ target }) => target.matches("select, input[type=range]") && (target.dataset.before = target.value));

  function connected() {
    sessionStorage.removeItem(WAITS);
    for (const it of waiting) it.removeAttribute("aria-busy");
    waiting.clear();
    if (missed) tell(words.missed);
  }
  // What a finger came down on must be there when it is lifted; what has come in its place is not what somebody pressed.
  function down({ target, isPrimary, clientX: x, clientY: y }) {
    const it = isPrimary && target.closest?.(HELD);
    held = it ? { it, x, y } : null;
    lost = false;
  }
  function up({ clientX, clientY }) {
    const was = held;
    held = null;
    if (!was || !gone(was) || (!was.it.matches("[type=range]") && Math.hypot(clientX - was.x, clientY - was.y) > NEAR)) return;
    lost = true;
    tell(words.anew);
  }
  function gone({ it, x, y }) {
    return !it.isConnected || (!it.matches("[type=range]") && !it.contains(document.elementFromPoint(x, y)));
  }
  function click(event) {
    if (!lost || !event.isTrusted || !event.detail) return; // a key's click is another press
    lost = false;
    event.stopImmediatePropagation();
    event.preventDefault();
  }
  addEventListener("pointerdown", down, true);
  addEventListener("pointerup", up, true);
  addEventListener("pointercancel", () => (held = null), true);
  addEventListener("click", click, true);
  addEventListener("keydown", ({ key, target }) => (spaced = key === " " && target.matches("button") ? target : null), true);
  addEventListener("keyup", () => {
    if (spaced && !spaced.isConnected) tell(words.anew); // the space bar presses as it is let go
    spaced = null;
  });
  (window.hulian ??= {}).gone = (id) => sent.has(`c${id}`) && tell(words.anew);

  const began = Date.now();
  const looking = setInterval(() => {
    if (window.did_handshake) {
      clearInterval(looking);
      connected();
    } else if (Date.now() - began > PATIENCE) {
      document.getElementById("popup")?.setAttribute("aria-hidden", "false");
    }
  }, 50);

  // A page that is left need not be kept; one that may come back, or whose network is gone, says nothing and is.
  addEventListener("pagehide", (event) => event.persisted || (window.socket?.connected && window.socket.emit("goodbye")));
})();
