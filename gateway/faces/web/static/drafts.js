// What is typed stays when the page is drawn anew: the hub was restarted, the phone slept, the login ended. Only fields with `data-keep` are
// kept, for this tab alone and until it is closed or somebody logs out; none that asks for a key has it, and a text that comes to hold keys
// (`data-unless`: the word they stand behind) is forgotten at once.
"use strict";
(() => {
  const words = document.currentScript.dataset;
  const BEGINS = "hulian-draft:";
  const begun = new WeakMap(); // what each field showed before anything was typed or brought back
  const looked = new WeakSet(); // those for which it was looked whether something was kept
  let left = false;
  let brought = null;

  const fields = () => [...document.querySelectorAll("[data-keep]")];
  const place = (field) => `${BEGINS}${location.pathname}#${field.dataset.keep}`;
  const content = (field) => (field.type === "checkbox" ? String(field.checked) : field.value);
  const secret = (field) => field.dataset.unless && field.value.toLowerCase().includes(field.dataset.unless);

  function keep() {
    for (const field of left ? [] : fields()) {
      if (!begun.has(field)) continue;
      const settled = content(field) === begun.get(field) || secret(field);
      settled ? sessionStorage.removeItem(place(field)) : sessionStorage.setItem(place(field), content(field));
    }
  }
  function write(field, text) {
    field.type === "checkbox" ? (field.checked = text === "true") : (field.value = text);
    for (const happened of ["input", "change"]) field.dispatchEvent(new Event(happened, { bubbles: true }));
  }
  function bring(field) {
    const kept = sessionStorage.getItem(place(field));
    const offered = field.tagName !== "SELECT" || kept === null || [...field.options].some((option) => option.value === kept);
    if (!offered) return; // what it offers may still be on its way
    looked.add(field);
    if (kept === null || content(field) !== begun.get(field) || kept === content(field)) return;
    write(field, kept);
    brought ? brought.push(field) : tell((brought = [field]));
  }
  function tell(fields) {
    const anew = () => fields.forEach((field) => field.isConnected && write(field, begun.get(field)));
    const actions = [{ label: words.anew, color: "white", handler: anew }];
    const closed = () => (brought = null);
    window.Quasar?.Notify.create({ message: words.brought, actions, position: "top", timeout: 20000, onDismiss: closed });
  }
  function look() {
    for (const field of fields()) {
      if (!begun.has(field)) begun.set(field, content(field));
      if (window.did_handshake && !looked.has(field)) bring(field);
    }
  }

  window.hulian ??= {};
  // What was typed there is where it belongs now; a name stands for all that begin with it, too.
  window.hulian.saved = (name) => {
    const of = (field) => field.dataset.keep === name || field.dataset.keep.startsWith(`${name}.`);
    fields().forEach((field) => of(field) && begun.set(field, content(field)));
    keep();
  };
  window.hulian.forget = () => {
    left = true;
    for (const name of Object.keys(sessionStorage)) if (name.startsWith(BEGINS)) sessionStorage.removeItem(name);
  };
  addEventListener("pagehide", keep);
  document.addEventListener("visibilitychange", keep);
  document.addEventListener("input", (event) => event.target.dataset?.unless && secret(event.target) && keep());
  new MutationObserver(look).observe(document.documentElement, { childList: true, subtree: true });
  const waiting = setInterval(() => window.did_handshake && (clearInterval(waiting), look()), 50);
})();
