// What is pressed is done once, or it is said that it is not. Before the page is connected a press waits, and shows that; where the page
// begins anew instead, it says that nothing was done. While the connection is lost nothing is taken: it would be done when nobody expects it.
// And where the hub does not say that it has heard a press, that is said: a network may be gone before anybody notices.
"use strict";
(() => {
  const words = document.currentScript.dataset;
  const WAITS = "hulian-pressed";
  const PATIENCE = 5000; // milliseconds until it is said that the hub cannot be reached
  const PRESSED = "button:not([data-switch], [data-own]), select, input[type=checkbox], input[type=range]";
  const missed = sessionStorage.getItem(WAITS) !== null;
  const waiting = new Set();
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
