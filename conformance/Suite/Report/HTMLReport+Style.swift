extension HTMLReport {
  static let style = """
    :root {
      --back: #f6f7f9; --surface: #ffffff; --ink: #16191d; --quiet: #5c6570; --faint: #8b949f;
      --line: #e1e5ea; --accent: #2457d6;
      --pass-back: #e3f3e8; --pass-ink: #12652f; --pass-solid: #1f8a47;
      --fail-back: #c62828; --fail-ink: #ffffff; --fail-solid: #c62828; --fail-soft: #fdecec;
      --known-back: #fff1cf; --known-ink: #7a4b00; --known-solid: #e0a100;
      --skip-line: #d5dae1; --skip-solid: #c3cad3;
      --sans: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "DejaVu Sans", sans-serif;
      --mono: ui-monospace, "SF Mono", "JetBrains Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
    }
    @media (prefers-color-scheme: dark) {
      :root {
        --back: #0f1215; --surface: #171b20; --ink: #e7eaee; --quiet: #9aa4b0; --faint: #727d89;
        --line: #2a3037; --accent: #86a8ff;
        --pass-back: #14301f; --pass-ink: #7fd8a0; --pass-solid: #2f9e5a;
        --fail-back: #e5484d; --fail-ink: #ffffff; --fail-solid: #e5484d; --fail-soft: #331619;
        --known-back: #3a2c0a; --known-ink: #f5c75a; --known-solid: #c48a00;
        --skip-line: #343b44; --skip-solid: #444d58;
      }
    }
    * { box-sizing: border-box; }
    [hidden] { display: none !important; }
    body { margin: 0; background: var(--back); color: var(--ink); font: 14px/1.5 var(--sans); }
    h1, h2, p, ul, dl, dd { margin: 0; padding: 0; }
    ul { list-style: none; }
    button, input { font: inherit; color: inherit; }
    :focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
    .page { max-width: 1240px; margin: 0 auto; padding: 0 24px; }

    header { background: var(--surface); border-bottom: 1px solid var(--line); padding: 28px 0 24px; }
    .headline { display: flex; justify-content: space-between; align-items: center; gap: 24px; flex-wrap: wrap; }
    .kicker { color: var(--quiet); font-size: 12px; letter-spacing: .08em; text-transform: uppercase; }
    h1 { font-size: 28px; line-height: 1.2; font-weight: 650; overflow-wrap: anywhere; }
    h1 small { color: var(--quiet); font-size: 16px; font-weight: 400; margin-left: 8px; }
    .verdict { border-radius: 8px; padding: 8px 16px; font-size: 18px; font-weight: 650; }
    button.verdict { border: 0; cursor: pointer; }
    .verdict.passed { background: var(--pass-back); color: var(--pass-ink); }
    .verdict.failed { background: var(--fail-back); color: var(--fail-ink); }
    .verdict.none { background: var(--line); color: var(--quiet); }
    .bar { display: flex; gap: 2px; height: 8px; border-radius: 4px; overflow: hidden; margin: 20px 0 12px; }
    .bar span { min-width: 3px; }
    .bar .passed { background: var(--pass-solid); }
    .bar .failed { background: var(--fail-solid); }
    .bar .expected { background: var(--known-solid); }
    .bar .skipped { background: var(--skip-solid); }
    .totals { display: flex; flex-wrap: wrap; gap: 4px 28px; }
    .totals b { font-size: 18px; font-weight: 650; font-variant-numeric: tabular-nums; margin-right: 6px; }
    .totals li, .totals li.passed, .totals li.failed, .totals li.expected { color: var(--quiet); }
    .totals b { color: var(--ink); }
    .totals .failed b { color: var(--fail-solid); }
    .totals .passed b { color: var(--pass-solid); }
    .facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(420px, 1fr)); gap: 6px 40px;
      margin-top: 20px; padding-top: 18px; border-top: 1px solid var(--line); }
    .facts div { display: flex; gap: 12px; min-width: 0; }
    .facts .wide { grid-column: 1 / -1; }
    .facts dt { color: var(--quiet); flex: 0 0 76px; }
    .facts dd { overflow-wrap: anywhere; min-width: 0; }
    .facts .code { font-family: var(--mono); font-size: 12.5px; line-height: 21px; }

    .toolbar { position: sticky; top: 0; z-index: 3; background: var(--back);
      border-bottom: 1px solid var(--line); }
    .toolbar .page { display: flex; align-items: center; gap: 16px; min-height: 56px; flex-wrap: wrap;
      padding-top: 8px; padding-bottom: 8px; }
    .segments { display: flex; border: 1px solid var(--line); border-radius: 8px; background: var(--surface);
      padding: 2px; }
    .segments button { border: 0; background: none; padding: 4px 12px; border-radius: 6px; cursor: pointer;
      color: var(--quiet); }
    .segments button[aria-pressed="true"] { background: var(--ink); color: var(--surface); font-weight: 600; }
    .segments button span { margin-left: 6px; font-variant-numeric: tabular-nums; opacity: .75; }
    #search { border: 1px solid var(--line); border-radius: 8px; background: var(--surface);
      padding: 5px 12px; width: 220px; }
    #search::placeholder { color: var(--quiet); }
    .count { color: var(--quiet); font-size: 13px; }
    .legend { display: flex; flex-wrap: wrap; gap: 4px 14px; margin-left: auto; color: var(--quiet);
      font-size: 12.5px; }
    .legend li { display: flex; align-items: center; gap: 6px; }
    .key { display: inline-grid; place-items: center; width: 20px; height: 20px; border-radius: 4px;
      font-size: 12px; font-weight: 700; }

    section { margin: 28px 0; }
    h2 { font-size: 17px; font-weight: 650; margin-bottom: 10px; }
    h2 small { font-weight: 400; font-size: 13px; color: var(--quiet); margin-left: 6px; }
    table { border-collapse: separate; border-spacing: 0; }
    .tiers, .scroll { background: var(--surface); border: 1px solid var(--line); border-radius: 10px; }
    .tiers { width: 100%; }
    .tiers td, .tiers th { padding: 7px 12px; text-align: left; border-top: 1px solid var(--line); }
    .tiers tr:first-child td, .tiers tr:first-child th { border-top: 0; }
    .tiers th { width: 40px; font-family: var(--mono); font-weight: 600; }
    .tiers .figures { text-align: right; color: var(--quiet); font-variant-numeric: tabular-nums; }
    .tiers .state { width: 112px; }
    .pill { display: inline-block; border-radius: 5px; padding: 1px 9px; font-weight: 600; font-size: 12.5px; }

    .matrix { width: 100%; table-layout: fixed; padding-bottom: 8px; }
    .matrix td:last-child { padding-right: 8px; }
    .matrix thead th:last-child { padding-right: 8px; }
    .matrix thead th { position: sticky; top: 56px; z-index: 2; background: var(--surface); color: var(--quiet);
      font-size: 11.5px; font-weight: 500; padding: 9px 0; border-bottom: 1px solid var(--line); }
    .matrix thead th:first-child { border-top-left-radius: 10px; }
    .matrix thead th:last-child { border-top-right-radius: 10px; }
    .matrix th:first-child { width: 190px; text-align: left; padding-left: 14px; }
    .matrix .family th { color: var(--quiet); font-size: 11px; letter-spacing: .08em; text-transform: uppercase;
      font-weight: 600; padding: 14px 0 4px 14px; }
    .matrix tbody th[scope="row"] { font-family: var(--mono); font-size: 12.5px; font-weight: 500;
      overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
    .matrix tbody tr:hover th[scope="row"] { color: var(--accent); }
    .matrix td { padding: 1.5px 2px; }
    .cell { display: flex; align-items: center; justify-content: center; gap: 4px; width: 100%; height: 26px;
      border: 0; border-radius: 5px; font-size: 12px; line-height: 1; font-variant-numeric: tabular-nums;
      white-space: nowrap; overflow: hidden; }
    .cell b { font-size: 11px; }
    button.cell { cursor: pointer; font-weight: 700; }
    .passed { background: var(--pass-back); color: var(--pass-ink); }
    .cell.passed b { opacity: .6; }
    .failed { background: var(--fail-back); color: var(--fail-ink); }
    .expected { background: var(--known-back); color: var(--known-ink); box-shadow: inset 0 0 0 1.5px var(--known-solid); }
    .unsupported { color: var(--quiet); background: repeating-linear-gradient(135deg, transparent 0 5px,
      var(--skip-line) 5px 6px); box-shadow: inset 0 0 0 1px var(--skip-line); }
    .none { color: var(--faint); }
    .totals li.failed, .totals li.passed, .totals li.expected { background: none; box-shadow: none; }
    .nothing { padding: 28px; text-align: center; color: var(--quiet); }

    .failure { background: var(--surface); border: 1px solid var(--line); border-left: 4px solid var(--fail-solid);
      border-radius: 8px; padding: 12px 16px; margin-bottom: 10px; }
    .failure.known { border-left-color: var(--known-solid); }
    .failure h3 { margin: 0 0 6px; font: 600 13.5px/1.5 var(--mono); overflow-wrap: anywhere; }
    .failure h3 small { font: 400 12.5px var(--sans); color: var(--quiet); margin-left: 8px; }
    .failure li { overflow-wrap: anywhere; padding: 2px 0; white-space: pre-wrap; }
    .failure .reason { color: var(--known-ink); }
    .replay { display: flex; gap: 8px; align-items: center; margin-top: 8px; background: var(--back);
      border-radius: 6px; padding: 4px 4px 4px 12px; }
    .replay code { flex: 1; font: 12.5px/1.5 var(--mono); overflow-wrap: anywhere; }
    .copy, #more { border: 1px solid var(--line); border-radius: 6px; background: var(--surface); cursor: pointer;
      padding: 2px 12px; font-size: 12.5px; }
    .copy { flex: 0 0 68px; padding: 2px 0; }
    .copy:hover, #more:hover { border-color: var(--accent); color: var(--accent); }
    #more { padding: 6px 16px; }

    @media (max-width: 1000px) {
      .scroll { overflow-x: auto; }
      .matrix { min-width: 900px; }
      .matrix thead th { position: static; }
      .legend { margin-left: 0; }
    }
    @media print { .toolbar { position: static; } .matrix thead th { position: static; } }
    """
}
