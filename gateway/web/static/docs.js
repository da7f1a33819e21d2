// Starts Swagger UI on the document of this very server: light or dark as the reader's system is, and named for readers of screens.
"use strict";
const dark = window.matchMedia("(prefers-color-scheme: dark)");
const follow = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
follow();
dark.addEventListener("change", follow);

// Links within buttons cannot be reached by keyboard or told apart; the address follows what is opened all the same.
const withoutNestedLinks = ({ React }) => ({
  components: { DeepLink: ({ text }) => React.createElement("span", { className: "nostyle" }, text) },
});

// What Swagger UI leaves without a name, a level or a way for the keyboard.
const mend = (explorer) => {
  // Below the title, h1, levels begin with h3.
  for (const heading of explorer.querySelectorAll("h3, h4, h5")) heading.setAttribute("aria-level", heading.localName[1] - 1);
  for (const code of explorer.querySelectorAll(".microlight, .curl")) code.tabIndex = 0;
  for (const button of explorer.querySelectorAll(".copy-to-clipboard button")) button.setAttribute("aria-label", "Copy");
  for (const body of explorer.querySelectorAll("textarea.body-param__text")) body.setAttribute("aria-label", "Request body");
  for (const table of explorer.querySelectorAll("table[role=region]")) table.setAttribute("aria-label", table.id.replaceAll("_", " "));
  for (const row of explorer.querySelectorAll("tr[data-param-name]"))
    for (const field of row.querySelectorAll("select, input:not([type=checkbox])")) field.setAttribute("aria-label", row.dataset.paramName);
};

window.addEventListener("DOMContentLoaded", () => {
  const explorer = document.getElementById("explorer");
  new MutationObserver(() => mend(explorer)).observe(explorer, { childList: true, subtree: true });
  SwaggerUIBundle({
    url: "/openapi.json",
    dom_id: "#explorer",
    deepLinking: true,
    defaultModelsExpandDepth: 0,
    displayRequestDuration: true,
    plugins: [withoutNestedLinks],
    presets: [SwaggerUIBundle.presets.apis],
    layout: "BaseLayout",
  });
});
