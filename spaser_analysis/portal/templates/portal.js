"use strict";
// Sorting and filtering: all is there, and in a good order, without it.
const folded = (text) => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/’/g, "'").toLowerCase();

for (const place of document.querySelectorAll(".search")) {
  const list = document.getElementById(place.dataset.list);
  const label = document.createElement("label");
  const input = document.createElement("input");
  const said = document.createElement("p");
  input.type = "search";
  said.setAttribute("role", "status");
  label.append(`${place.dataset.label} `, input);
  place.append(label, said);
  input.addEventListener("input", () => {
    const words = folded(input.value).split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const one of list.children) {
      one.hidden = !words.every((word) => folded(one.textContent).includes(word));
      shown += !one.hidden;
    }
    said.textContent = words.length ? `${shown} sur ${list.children.length}` : "";
  });
}

const number = (text) => Number.parseFloat(text.replace(/[\s\u00a0\u202f<>]/g, "").replace(",", "."));
const value = (row, column) => row.children[column].textContent.trim();

function compare(one, other, column, isNumber) {
  const [a, b] = [value(one, column), value(other, column)];
  if (!isNumber) return a.localeCompare(b, "fr");
  const [x, y] = [number(a), number(b)];
  return Number.isNaN(x) || Number.isNaN(y) ? Number.isNaN(x) - Number.isNaN(y) || a.localeCompare(b, "fr") : x - y;
}

for (const table of document.querySelectorAll("table.sortable")) {
  const headings = [...table.tHead.rows[0].cells];
  headings.forEach((heading, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...heading.childNodes);
    heading.append(button);
    button.addEventListener("click", () => {
      const sign = heading.getAttribute("aria-sort") === "ascending" ? -1 : 1;
      headings.forEach((one) => one.removeAttribute("aria-sort"));
      heading.setAttribute("aria-sort", sign > 0 ? "ascending" : "descending");
      table.tBodies[0].append(...[...table.tBodies[0].rows].sort((a, b) => sign * compare(a, b, column, heading.classList.contains("number"))));
    });
  });
}
