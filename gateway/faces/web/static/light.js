// Pages without NiceGUI show themselves in the light somebody chose, else in that of the system.
"use strict";
{
  const chosen = /hulian-theme=(dark|light)/.exec(document.cookie)?.[1];
  const dark = chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  document.body.classList.toggle("body--dark", dark);
}
