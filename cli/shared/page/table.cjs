"use strict";
// The script of a page: filters and sorts its tables. A browser runs it as it is here, and tests
// load it without one. It reads only what is in the page, and writes no markup.

/**
 * Whether a row is shown.
 * @param row `{ text, facets }`: its words in lower case, and by the name of a filter its values
 * @param wanted `{ words, facets }`: each of the words has to be there; an empty value is any
 */
function matches(row, wanted) {
  const words = wanted.words.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.every((word) => row.text.includes(word))) return false;
  return Object.entries(wanted.facets).every(([name, value]) => value === "" || (row.facets[name] || []).includes(value));
}

/** Rows with keys, in order. A row without a key is last in both directions; equal rows stay as they are. */
function sorted(rows, order, direction) {
  const compare = order === "number" ? (a, b) => a - b : (a, b) => (a < b ? -1 : a > b ? 1 : 0);
  const value = (key) => (order === "number" ? Number(key) : key.toLowerCase());
  return rows
    .map((row, index) => ({ row, index, missing: row.key === "", key: row.key === "" ? 0 : value(row.key) }))
    .sort((a, b) => {
      if (a.missing || b.missing) return a.missing === b.missing ? a.index - b.index : a.missing ? 1 : -1;
      return direction * compare(a.key, b.key) || a.index - b.index;
    })
    .map(({ row }) => row);
}

/** Makes the controls of a table work. @param data The element with the controls and the table. */
function enable(data) {
  const [form, table, output] = ["form", "table", "output"].map((name) => data.querySelector(name));
  const [body, heads] = [table.tBodies[0], [...table.tHead.rows[0].cells]];
  const rows = [...body.rows].map((element) => ({
    element,
    text: element.textContent.toLowerCase(),
    facets: JSON.parse(element.dataset.facets || "{}"),
  }));
  // A table whose columns keep their widths is laid out in half the time.
  const hold = () => {
    if (table.style.tableLayout === "fixed") return;
    const widths = heads.map((head) => head.offsetWidth);
    heads.forEach((head, index) => (head.style.width = `${widths[index]}px`));
    table.style.tableLayout = "fixed";
  };
  const release = () => {
    table.style.tableLayout = "";
    for (const head of heads) head.style.width = "";
  };
  const filter = () => {
    hold();
    const facets = Object.fromEntries([...form.querySelectorAll("select")].map((one) => [one.dataset.filter, one.value]));
    const wanted = { words: form.querySelector("input").value, facets };
    let count = 0;
    for (const row of rows) {
      const isShown = matches(row, wanted);
      row.element.hidden = !isShown;
      if (isShown) count += 1;
    }
    output.textContent = count === rows.length ? `${count} rows` : `${count} of ${rows.length} rows`;
  };
  const sort = (index) => {
    hold();
    const head = heads[index];
    const direction = head.getAttribute("aria-sort") === "ascending" ? -1 : 1;
    for (const one of heads) one.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", direction === 1 ? "ascending" : "descending");
    const keyed = rows.map((row) => {
      const cell = row.element.cells[index];
      const shown = cell.textContent.trim();
      return { row, key: cell.dataset.key ?? (shown === "-" ? "" : shown) };
    });
    body.append(...sorted(keyed, head.dataset.order, direction).map(({ row }) => row.element));
  };
  heads.forEach((head, index) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    button.addEventListener("click", () => sort(index));
    head.append(button);
  });
  addEventListener("resize", release);
  body.addEventListener("toggle", release, true);
  form.addEventListener("input", filter);
  form.addEventListener("reset", () => setTimeout(filter));
  form.addEventListener("submit", (event) => event.preventDefault());
  form.hidden = false;
  filter();
}

/** `/` goes to the first filter, Escape empties the one that is in use. */
function keys(event) {
  const isTyping = event.target.matches("input, select, textarea");
  if (event.key === "/" && !isTyping && !event.ctrlKey && !event.metaKey && !event.altKey) {
    document.querySelector("input[type=search]")?.focus();
    event.preventDefault();
  } else if (event.key === "Escape" && event.target.matches("input[type=search]")) event.target.form.reset();
}

if (typeof document === "undefined") module.exports = { matches, sorted };
else {
  document.querySelectorAll(".data").forEach(enable);
  document.addEventListener("keydown", keys);
}
