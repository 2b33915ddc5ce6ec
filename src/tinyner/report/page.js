"use strict";
{
  const root = document.documentElement;
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const pressed = (button) => button.getAttribute("aria-pressed") === "true";
  const press = (button, on) => button.setAttribute("aria-pressed", String(on));

  // Light and dark: the system's choice, until the button is pressed.
  const theme = document.getElementById("theme");
  const system = matchMedia("(prefers-color-scheme: dark)");
  const dark = () => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches);
  press(theme, dark());
  system.addEventListener("change", () => press(theme, dark()));
  theme.addEventListener("click", () => {
    root.dataset.theme = dark() ? "light" : "dark";
    press(theme, dark());
    try {
      localStorage.setItem("tinyner-theme", root.dataset.theme);
    } catch {
      // storage is blocked: the choice lasts as long as the page
    }
  });

  // Folded sections: opened where a link leads into them, and all of them for print.
  const unfold = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const folded = target?.closest("details");
    if (!folded || folded.open) return;
    folded.open = true;
    target.scrollIntoView();
  };
  addEventListener("hashchange", unfold);
  for (const link of all("nav a")) link.addEventListener("click", () => setTimeout(unfold));
  unfold();
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = all("details:not([open])");
    for (const folded of opened) folded.open = true;
  });
  addEventListener("afterprint", () => {
    for (const folded of opened) folded.open = false;
    opened = [];
  });

  // Legends: a series is hidden or shown wherever it is drawn.
  for (const button of all("[data-toggle]")) {
    button.addEventListener("click", () => {
      press(button, !pressed(button));
      for (const series of all("[data-series]")) {
        if (series.dataset.series === button.dataset.toggle) series.toggleAttribute("data-off", !pressed(button));
      }
    });
  }

  // One of several panels.
  for (const group of all("[data-choice]")) {
    const buttons = all("[data-show]", group);
    for (const button of buttons) {
      button.addEventListener("click", () => {
        for (const other of buttons) press(other, other === button);
        for (const panel of all("[data-panel]", group.closest("figure"))) {
          panel.toggleAttribute("data-shown", panel.dataset.panel === button.dataset.show);
        }
      });
    }
  }

  // Curves in colour: the lowest free slot, given back when the curve turns grey. Each slot has
  // a colour and dashes, no two have both; where none is free, a curve stays grey (as look in training_curves.py).
  const hues = 7;
  const look = (one, slot) => {
    one.dataset.slot = String(slot);
    one.dataset.hue = String(slot % hues);
    one.dataset.dash = String((slot + Math.floor(slot / hues)) % hues);
  };
  const grey = (one) => {
    for (const name of ["slot", "hue", "dash"]) delete one.dataset[name];
  };
  for (const figure of all("[data-lights]")) {
    for (const button of all("[data-light]", figure)) {
      button.addEventListener("click", () => {
        const on = !pressed(button);
        const taken = new Set(all("button .curve[data-slot]", figure).map((swatch) => Number(swatch.dataset.slot)));
        const slot = [...Array(hues * hues).keys()].find((place) => !taken.has(place));
        if (on && slot === undefined) return;
        press(button, on);
        const curves = all("[data-curve]", figure).filter((curve) => curve.dataset.curve === button.dataset.light);
        for (const one of [...curves, button.querySelector(".swatch")]) {
          if (on) look(one, slot);
          else grey(one);
        }
        if (on) for (const curve of curves) curve.parentNode.append(curve);
      });
    }
  }

  // Panels of the experiments that are chosen, in the order of the choices.
  for (const picker of all("[data-picker]")) {
    const selects = all("select", picker);
    const box = all("[data-picks]").find((one) => one.dataset.picks === picker.dataset.picker);
    const panels = all(".pick", box);
    const show = () => {
      const keys = selects.map((select) => `${picker.dataset.picker} ${select.value}`);
      for (const panel of panels) panel.classList.toggle("chosen", keys.includes(panel.dataset.pick));
      for (const key of new Set(keys)) box.append(panels.find((panel) => panel.dataset.pick === key));
    };
    for (const select of selects) select.addEventListener("change", show);
    show();
  }

  // Tables: a column's button sorts by it, numbers from the highest first; again turns it round.
  for (const table of all("table.sortable")) {
    const heads = all("thead th", table);
    const body = table.tBodies[0];
    heads.forEach((head, column) => {
      head.querySelector("button")?.addEventListener("click", () => {
        const rows = [...body.rows];
        const value = (row) => row.cells[column].dataset.value;
        const numbers = rows.some((row) => value(row) !== undefined);
        const before = head.getAttribute("aria-sort");
        const first = numbers ? "descending" : "ascending";
        const now = before === "none" ? first : before === "ascending" ? "descending" : "ascending";
        const sign = now === "ascending" ? 1 : -1;
        const text = (row) => row.cells[column].textContent;
        rows.sort((a, b) => {
          if (!numbers) return sign * text(a).localeCompare(text(b), "en", { numeric: true });
          const [x, y] = [value(a), value(b)];
          if (x === undefined || y === undefined) return (x === undefined) - (y === undefined); // none goes last
          return sign * (Number(x) - Number(y));
        });
        for (const other of heads) if (other.ariaSort) other.ariaSort = other === head ? now : "none";
        body.append(...rows);
      });
    });
  }

  // Sentences whose differences have a type in them.
  for (const group of all("[data-filters]")) {
    const buttons = all("[data-filter]", group);
    const cards = all("[data-types]");
    for (const button of buttons) {
      button.addEventListener("click", () => {
        for (const other of buttons) press(other, other === button);
        const type = button.dataset.filter;
        for (const card of cards) card.hidden = type !== "" && !card.dataset.types.split(" ").includes(type);
        const shown = cards.filter((card) => !card.hidden).length;
        document.getElementById("filter-count").textContent =
          shown === cards.length ? `${shown} sentences` : `${shown} of ${cards.length} sentences`;
      });
    }
  }
}
