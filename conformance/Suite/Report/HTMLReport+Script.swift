extension HTMLReport {
  static let script = #"""
    "use strict";
    (() => {
      const report = JSON.parse(document.getElementById("report").textContent);
      const find = (id) => document.getElementById(id);
      const marks = { passed: "\u2713", failed: "\u2717", expected: "!", unsupported: "\u2013", none: "\u00b7" };
      const words = { passed: "pass", failed: "FAIL", expected: "expected", unsupported: "unsupported" };
      const tierTitles = {
        T0: "The table and the devices", T1: "Memory", T2: "Operators", T3: "Calls that must fail",
        T4: "Random operations",
      };
      const page = 100;

      // Children that are strings become text, never markup.
      function make(tag, attributes, ...children) {
        const element = document.createElement(tag);
        for (const [name, value] of Object.entries(attributes || {})) element.setAttribute(name, value);
        element.append(...children);
        return element;
      }
      const number = (value) => value.toLocaleString("en-US");
      const plural = (count, word) => number(count) + " " + word + (count === 1 ? "" : "s");

      function ulps(value) {
        if (value === "inf") return "inf";
        if (value >= 1e6) return value.toExponential(1);
        if (value >= 100) return String(Math.round(value));
        return String(Math.round(value * 100) / 100);
      }
      const worse = (a, b) => a === "inf" || b === "inf" ? "inf" : Math.max(a ?? 0, b ?? 0);

      function outcome(counts) {
        if (counts.failed > 0) return "failed";
        if (counts.expected_failures > 0) return "expected";
        return counts.passed > 0 ? "passed" : "unsupported";
      }

      // ---- What is shown

      const state = { filter: "all", search: "", shown: page };

      // "#filter=failed&search=ADD": what is shown can be linked to.
      function readFragment() {
        const fragment = new URLSearchParams(location.hash.slice(1));
        const filter = fragment.get("filter");
        state.filter = ["failed", "unsupported"].includes(filter) ? filter : "all";
        state.search = fragment.get("search") || "";
        state.shown = page;
      }

      // ---- Header

      function header() {
        const { plugin, machine, totals } = report;
        find("title").append(plugin.device, make("small", {}, plugin.device_name));
        const ran = totals.passed + totals.failed;
        const verdict = totals.failed > 0 ? "failed" : ran > 0 ? "passed" : "none";
        if (verdict === "failed") {
          const button = make("button", { type: "button", class: "verdict failed", title: "Show the failures" },
            marks.failed + " FAIL: " + plural(totals.failed, "case"));
          button.addEventListener("click", () => {
            Object.assign(state, { filter: "failed", search: "", shown: page });
            update();
            find("failures-section").scrollIntoView({ behavior: "smooth" });
          });
          find("verdict").append(button);
        } else {
          find("verdict").append(
            make("span", { class: "verdict " + verdict },
              verdict === "passed" && !report.interruption ? marks.passed + " PASS"
                : verdict === "passed" ? "Stopped early" : "Nothing ran"));
        }
        const parts = [
          ["passed", totals.passed, "passed"], ["failed", totals.failed, "failed"],
          ["expected", totals.expected_failures, "expected to fail"],
          ["skipped", totals.skipped - totals.expected_failures, "skipped or unsupported"],
        ];
        for (const [name, count, words] of parts) {
          if (count > 0) find("bar").append(make("span", { class: name, style: "flex:" + count }));
          if (count > 0 || name !== "expected") {
            find("totals").append(
              make("li", { class: count > 0 ? name : "" }, make("b", {}, number(count)), words));
          }
        }
        find("bar").setAttribute("aria-label", parts.map((part) => part[1] + " " + part[2]).join(", "));
        const scope = [
          "level " + report.level,
          report.operators ? "operators " + report.operators.join(", ") : "",
          report.case ? "case " + report.case : "",
        ];
        const facts = [
          ["Plugin", plugin.name + " " + plugin.version + ", ABI " + plugin.abi_version],
          ["Machine", machine.cpu + ", " + plural(machine.cores, "core") + ", " + machine.system],
          ["Run", report.started.replace("T", " ").replace("Z", " UTC") + ", " + report.seconds + " s"],
          ...(report.interruption ? [["Stopped", report.interruption, "wide"]] : []),
          ["Suite", report.suite_version + ", " + scope.filter(Boolean).join(", ") + ", seed " + report.seed],
          ["File", plugin.file, "code wide"],
          ["SHA-256", plugin.sha256 || "not a file", "code wide"],
        ];
        for (const [name, value, style] of facts) {
          find("facts").append(
            make("div", { class: (style || "").includes("wide") ? "wide" : "" },
              make("dt", {}, name), make("dd", { class: (style || "").replace("wide", "").trim() }, value)));
        }
      }

      // ---- Tiers and operators

      const tiers = [];
      const operators = [];

      function gather() {
        const byName = new Map();
        for (const row of report.rows) {
          if (!row.operator) {
            tiers.push(row);
            continue;
          }
          let entry = byName.get(row.operator);
          if (!entry) {
            entry = { name: row.operator, family: row.family || "", cells: new Map() };
            byName.set(row.operator, entry);
            operators.push(entry);
          }
          // A conversion stands with the type that it converts from.
          const dtype = row.types.split("-")[0];
          const cell = entry.cells.get(dtype) || {
            passed: 0, failed: 0, skipped: 0, expected_failures: 0, worst: null, types: [], notes: [],
          };
          for (const name of ["passed", "failed", "skipped", "expected_failures"]) cell[name] += row[name];
          if (row.worst_ulp !== null) cell.worst = worse(cell.worst, row.worst_ulp);
          cell.types.push(row.types);
          if (row.reason) cell.notes.push(row.types + ": " + row.reason);
          entry.cells.set(dtype, cell);
        }
        for (const entry of operators) {
          const cells = [...entry.cells.values()];
          entry.outcomes = new Set(cells.map(outcome));
          if (cells.some((cell) => cell.notes.length > 0)) entry.outcomes.add("unsupported");
        }
      }

      function tierRows() {
        for (const row of tiers) {
          const result = outcome(row);
          const figures = [number(row.passed) + " passed"];
          if (row.failed > 0) figures.push(number(row.failed) + " failed");
          if (row.skipped > 0) figures.push(number(row.skipped) + " skipped");
          row.element = make("tr", { "data-tier": row.tier },
            make("th", { scope: "row" }, row.tier),
            make("td", { class: "state" },
              make("span", { class: "pill " + result }, marks[result] + " " + words[result])),
            make("td", {}, tierTitles[row.tier] || ""),
            make("td", { class: "figures" }, figures.join(", ")));
          find("tiers").append(row.element);
        }
      }

      function cellFor(entry, dtype) {
        const cell = entry.cells.get(dtype);
        if (!cell) {
          return make("td", {},
            make("span", { class: "cell none", title: entry.name + " " + dtype + ": not applicable" }, marks.none));
        }
        const result = outcome(cell);
        const lines = [
          entry.name + " " + (cell.types.length > 3 ? dtype + " (" + cell.types.length + " conversions)"
            : cell.types.join(", ")) + ": " + words[result],
          cell.passed + " passed, " + cell.failed + " failed, " + cell.skipped + " skipped",
        ];
        if (cell.worst !== null) lines.push("worst difference " + ulps(cell.worst) + " ulp");
        lines.push(...cell.notes.slice(0, 12));
        const attributes = {
          class: "cell " + result, title: lines.join("\n"), "aria-label": lines.join(". "),
          "data-outcome": result,
        };
        const content = [make("b", {}, marks[result])];
        const isPartial = cell.notes.length > 0 && cell.passed + cell.failed > 0;
        if (cell.worst !== null && !(isPartial && cell.worst === 0)) content.push(ulps(cell.worst));
        // Some conversions only.
        if (isPartial) {
          content.push(make("small", {}, cell.types.length - cell.notes.length + "/" + cell.types.length));
        }
        if (result !== "failed") return make("td", {}, make("span", attributes, ...content));
        const button = make("button", { ...attributes, type: "button" }, ...content);
        button.addEventListener("click", () => {
          state.search = entry.name;
          state.shown = page;
          update();
          find("failures-section").scrollIntoView({ behavior: "smooth" });
        });
        return make("td", {}, button);
      }

      function matrix() {
        const head = make("tr", {}, make("th", { scope: "col" }, "operator"));
        for (const dtype of report.dtypes) head.append(make("th", { scope: "col" }, dtype));
        find("types").append(head);
        // Core operators come first: those added later stand with their family all the same.
        const bodies = new Map();
        for (const entry of operators) {
          let body = bodies.get(entry.family);
          if (!body) {
            body = make("tbody", { "data-family": entry.family },
              make("tr", { class: "family" },
                make("th", { scope: "rowgroup", colspan: report.dtypes.length + 1 }, entry.family)));
            bodies.set(entry.family, body);
            find("types").parentElement.append(body);
          }
          entry.body = body;
          entry.element = make("tr", { "data-operator": entry.name },
            make("th", { scope: "row", title: entry.name }, entry.name),
            ...report.dtypes.map((dtype) => cellFor(entry, dtype)));
          body.append(entry.element);
        }
      }

      // ---- Failures

      function copyButton(text) {
        const button = make("button", { type: "button", class: "copy", "aria-label": "Copy the command" }, "Copy");
        const say = (word) => {
          button.textContent = word;
          setTimeout(() => { button.textContent = "Copy"; }, 1500);
        };
        button.addEventListener("click", async () => {
          try {
            await navigator.clipboard.writeText(text);
            say("Copied");
          } catch {
            // Browsers may keep the clipboard from pages that are files: then the text is selected at least.
            const code = button.parentElement.querySelector("code");
            getSelection().selectAllChildren(code);
            say(document.execCommand("copy") ? "Copied" : "Selected");
          }
        });
        return button;
      }

      function failureCard(failure, kind) {
        const heading = make("h3", {}, failure.case);
        if (failure.worst_ulp) heading.append(make("small", {}, "worst " + ulps(failure.worst_ulp) + " ulp"));
        const card = make("article", { class: "failure " + kind, "data-case": failure.case }, heading);
        if (failure.reason) card.append(make("p", { class: "reason" }, failure.reason));
        card.append(
          make("ul", {}, ...failure.findings.map((finding) => make("li", {}, finding))),
          make("div", { class: "replay" }, make("code", {}, failure.replay), copyButton(failure.replay)));
        return card;
      }

      const nameOf = (failure) => failure.operator || failure.case.split(".")[0];

      function matches(name) {
        return name.toUpperCase().includes(state.search.trim().toUpperCase());
      }

      // A broken plugin fails thousands of cases: they come a hundred at a time.
      function cards(target, failures, kind, limit) {
        const have = target.childElementCount;
        for (const failure of failures.slice(have, limit)) target.append(failureCard(failure, kind));
      }

      // ---- Filter and search

      function update() {
        if (find("search").value !== state.search) find("search").value = state.search;
        const bodies = new Map();
        let shownRows = 0;
        let shownCells = 0;
        for (const entry of operators) {
          const isShown = matches(entry.name) && (state.filter === "all" || entry.outcomes.has(state.filter));
          entry.element.hidden = !isShown;
          bodies.set(entry.body, bodies.get(entry.body) || isShown);
          if (isShown) {
            shownRows += 1;
            shownCells += entry.cells.size;
          }
        }
        for (const [body, isShown] of bodies) body.hidden = !isShown;
        let shownTiers = 0;
        for (const row of tiers) {
          const isShown = matches(row.tier) && (state.filter === "all" || outcome(row) === state.filter);
          row.element.hidden = !isShown;
          if (isShown) shownTiers += 1;
        }
        find("tiers-section").hidden = shownTiers === 0;
        find("matrix-section").hidden = operators.length === 0;
        find("nothing").hidden = shownRows > 0;
        find("types").hidden = shownRows === 0;

        const failures = state.filter === "unsupported" ? [] : report.failures.filter((f) => matches(nameOf(f)));
        find("failures").replaceChildren();
        cards(find("failures"), failures, "", state.shown);
        find("failures-section").hidden = failures.length === 0;
        find("failure-count").textContent = plural(failures.length, "case");
        find("more").hidden = failures.length <= state.shown;
        find("more").textContent = "Show " + number(Math.min(page, failures.length - state.shown)) + " more of "
          + number(failures.length - state.shown);
        const known = state.filter === "all" ? report.expected_failures.filter((f) => matches(nameOf(f))) : [];
        find("expected").replaceChildren();
        cards(find("expected"), known, "known", 10 * page);
        find("expected-section").hidden = known.length === 0;
        find("expected-count").textContent = plural(known.length, "case");

        find("count").textContent = operators.length === 0 ? ""
          : shownRows === operators.length ? plural(operators.length, "operator")
            : shownRows + " of " + plural(operators.length, "operator");
        for (const button of document.querySelectorAll("[data-filter]")) {
          button.setAttribute("aria-pressed", String(button.dataset.filter === state.filter));
        }
        const query = new URLSearchParams();
        if (state.filter !== "all") query.set("filter", state.filter);
        if (state.search) query.set("search", state.search);
        try {
          history.replaceState(null, "", query.toString() ? "#" + query : location.pathname);
        } catch { /* A browser may forbid it for files; the page works without. */ }
        Object.assign(document.body.dataset, {
          rows: shownRows, cells: shownCells, tiers: shownTiers, failures: failures.length, ready: "true",
        });
      }

      if (report.level === "core") find("none").textContent = "not applicable or not core";
      header();
      gather();
      tierRows();
      matrix();
      const unsupported = operators.filter((entry) => entry.outcomes.has("unsupported")).length;
      const failed = operators.filter((entry) => entry.outcomes.has("failed")).length;
      for (const button of document.querySelectorAll("[data-filter]")) {
        const count = { failed, unsupported }[button.dataset.filter];
        if (count !== undefined) button.append(make("span", {}, String(count)));
        button.addEventListener("click", () => {
          state.filter = button.dataset.filter;
          state.shown = page;
          update();
        });
      }
      find("search").addEventListener("input", () => {
        state.search = find("search").value;
        state.shown = page;
        update();
      });
      find("more").addEventListener("click", () => {
        state.shown += page;
        update();
      });
      addEventListener("keydown", (event) => {
        if (event.key !== "/" || event.target === find("search")) return;
        event.preventDefault();
        find("search").focus();
      });
      addEventListener("hashchange", () => {
        readFragment();
        update();
      });
      readFragment();
      update();
    })();
    """#
}
