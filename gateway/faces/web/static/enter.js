// Lets somebody in with a one-time code: on the login page, and on a page whose login has ended, which then goes on where it was.
"use strict";
(() => {
  // Return whether the code was good; why not stands in `trouble`, whose words are its own.
  async function enter(code, trouble) {
    trouble.classList.add("hidden");
    const wanted = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ code: code.value.trim() }) };
    const status = await fetch("/api/v1/login", wanted).then(
      (answer) => answer.status,
      () => 0,
    );
    if (status >= 200 && status < 300) return true;
    trouble.textContent = trouble.dataset[{ 0: "away", 401: "wrong", 429: "slow" }[status] ?? (status >= 500 ? "away" : "wrong")];
    trouble.classList.remove("hidden");
    code.focus();
    return false;
  }
  // The WebSocket speaks with the cookie it was opened with. It says what has arrived, or the hub has the page drawn anew.
  function again() {
    window.socket.disconnect();
    window.socket.io.opts.query.next_message_id = window.nextMessageId;
    window.socket.connect();
  }
  const back = () => document.getElementById("way-in");

  window.hulian ??= {};
  window.hulian.enter = enter;
  window.hulian.back = async (form) => (await enter(form.querySelector("input"), form.querySelector("[role=alert]"))) && again();

  // Somebody may have logged in beside the page meanwhile.
  document.addEventListener("visibilitychange", () => !document.hidden && back() && window.socket && again());

  // A file is fetched by the browser itself, past the page: who is not let in would get none, and no word.
  document.addEventListener("click", (event) => {
    const way = event.target.closest?.("main a[download]");
    if (!way || way.dataset.sure) return;
    event.preventDefault();
    const go = () => {
      way.dataset.sure = "yes";
      way.click();
      delete way.dataset.sure;
    };
    const shut = () => document.getElementById("shut")?.dispatchEvent(new Event("shut"));
    fetch("/api/v1/session").then((answer) => (answer.status === 401 ? shut() : go()), go);
  });
})();
