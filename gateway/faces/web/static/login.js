// Posts a one-time code and goes on to where one wanted to go: to a path of this hub only.
"use strict";
const form = document.getElementById("login");
const code = document.getElementById("code");
const trouble = document.getElementById("trouble");

function target() {
  const wanted = new URL(new URLSearchParams(location.search).get("next") || "/", location.origin);
  return wanted.origin === location.origin ? wanted.pathname + wanted.search : "/";
}

async function enter() {
  trouble.classList.add("hidden");
  const answer = await fetch("/api/v1/login", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ code: code.value.trim() }),
  });
  if (answer.ok) {
    location.replace(target());
    return;
  }
  trouble.textContent = answer.status === 429 ? trouble.dataset.slow : trouble.dataset.wrong;
  trouble.classList.remove("hidden");
  code.focus();
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  enter();
});
const told = new URLSearchParams(location.hash.slice(1)).get("code");
if (told) {
  history.replaceState(null, "", location.pathname + location.search);
  code.value = told;
  enter();
} else {
  code.focus();
}
