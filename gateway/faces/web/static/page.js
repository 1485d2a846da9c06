// What pages do without the hub: speak what a large button says, and remember switches of this browser.
"use strict";
(() => {
  const SPEAK = "hulian-speak";
  const allowed = () => localStorage.getItem(SPEAK) !== "off";

  // Spoken labels: harmless where the browser has no voice.
  function say(words) {
    if (!words || !allowed() || !window.speechSynthesis || !document.querySelector(".simple")) return;
    const said = new SpeechSynthesisUtterance(words);
    said.lang = document.documentElement.lang;
    speechSynthesis.cancel();
    speechSynthesis.speak(said);
  }
  window.hulian ??= {};
  window.hulian.say = say;
  const spoken = (event) => {
    const key = event.target.closest?.("[data-says]"); // an icon is a word of its font, and not for ears
    return key && (key.getAttribute("aria-label") ?? key.querySelector(".grow").innerText).replace(/\s+/g, " ");
  };
  document.addEventListener("focusin", (event) => event.target.matches(":focus-visible") && say(spoken(event)));
  document.addEventListener("pointerdown", (event) => say(spoken(event)));

  // Switches that this browser remembers by itself.
  const SWITCHES = {
    speak: [allowed, (on) => localStorage.setItem(SPEAK, on ? "on" : "off")],
    start: [
      () => document.cookie.includes("hulian-simple=1"),
      (on) => (document.cookie = `hulian-simple=${on ? 1 : 0}; path=/; max-age=${on ? 31622400 : 0}; samesite=lax`),
    ],
  };
  const shown = () =>
    document.querySelectorAll("[data-switch]").forEach((each) => each.setAttribute("aria-checked", String(SWITCHES[each.dataset.switch][0]())));
  document.addEventListener("click", (event) => {
    const pressed = event.target.closest?.("[data-switch]");
    if (!pressed) return;
    const [is, set] = SWITCHES[pressed.dataset.switch];
    set(!is());
    shown();
    say(pressed.getAttribute("aria-label"));
  });

  new MutationObserver(shown).observe(document.documentElement, { childList: true, subtree: true });
  const waiting = setInterval(() => window.did_handshake && (clearInterval(waiting), shown()), 50);
})();
