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
  if (await window.hulian.enter(code, trouble)) location.replace(target());
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
