import Text

extension RunRecord {
  /// `report.html`: one page that needs nothing else, not even a network.
  public var html: String { html(rows) }

  func html(_ rows: [Row]) -> String {
    let data = JSON.object(
      summary(rows) + [("dtypes", .array(DType.allCases.map { .string($0.name) }))]
    ).text(depth: 1)
    // Inside a script element nothing but "</script" and "<!--" means anything to HTML. Without a "<" there
    // is neither, whatever a plugin calls itself.
    let inert = data.split(separator: "<", omittingEmptySubsequences: false).joined(separator: "\\u003c")
    return """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <title>Conformance of \(Markup.escaped(plugin.device))</title>
      <style>
      \(HTMLReport.style)
      </style>
      </head>
      <body>
      \(HTMLReport.body)
      <script type="application/json" id="report">
      \(inert)
      </script>
      <script>
      \(HTMLReport.script)
      </script>
      </body>
      </html>

      """
  }
}

/// The parts of the page that are the same for every report. The script fills the rest in from the data; it
/// sets text only, never markup.
enum HTMLReport {
  static let body = """
    <noscript><p class="page">This page needs JavaScript; report.json beside it holds the same.</p></noscript>
    <header>
      <div class="page">
        <div class="headline">
          <div>
            <p class="kicker">Backplane conformance</p>
            <h1 id="title"></h1>
          </div>
          <p id="verdict"></p>
        </div>
        <div id="bar" class="bar" role="img"></div>
        <ul id="totals" class="totals"></ul>
        <dl id="facts" class="facts"></dl>
      </div>
    </header>
    <div class="toolbar">
      <div class="page">
        <div class="segments" role="group" aria-label="Filter">
          <button type="button" data-filter="all">All</button>
          <button type="button" data-filter="failed">Failed</button>
          <button type="button" data-filter="unsupported">Unsupported</button>
        </div>
        <input id="search" type="search" placeholder="Search operators  ( / )" aria-label="Search operators"
          autocomplete="off" spellcheck="false">
        <p id="count" class="count" aria-live="polite"></p>
        <ul class="legend" aria-label="Legend">
          <li><span class="key passed">&#10003;</span>pass</li>
          <li><span class="key failed">&#10007;</span>fail</li>
          <li><span class="key expected">!</span>expected failure</li>
          <li><span class="key unsupported">&#8211;</span>unsupported</li>
          <li><span class="key none">&#183;</span><span id="none">not applicable</span></li>
        </ul>
      </div>
    </div>
    <main class="page">
      <section id="tiers-section" aria-label="Tiers">
        <h2>Tiers</h2>
        <table class="tiers"><tbody id="tiers"></tbody></table>
      </section>
      <section id="matrix-section" aria-label="Operators by type">
        <h2>Operators <small>by element type, with the worst difference in units in the last place</small></h2>
        <div class="scroll"><table class="matrix"><thead id="types"></thead></table></div>
        <p id="nothing" class="nothing" hidden>No operator matches.</p>
      </section>
      <section id="failures-section" aria-label="Failures">
        <h2>Failures <small id="failure-count"></small></h2>
        <div id="failures"></div>
        <button type="button" id="more" hidden></button>
      </section>
      <section id="expected-section" aria-label="Expected failures">
        <h2>Expected failures <small id="expected-count"></small></h2>
        <div id="expected"></div>
      </section>
    </main>
    """
}
