extension Report {
  /// How many runs a comparison tells apart by colour.
  static let runColourCount = 8

  /// Of runs that are compared, by their place: hues far from each other, a little lighter in the dark.
  private static var runColours: String {
    let hues = [216, 24, 145, 285, 350, 50, 190, 100]
    return hues.prefix(runColourCount).enumerated().map { place, hue in
      let colour = "light-dark(hsl(\(hue) 72% 42%), hsl(\(hue) 85% 66%))"
      return """
        svg polyline.run\(place) { stroke: \(colour); } svg .dot.run\(place) { fill: \(colour); }
        .key.run\(place) { background: \(colour); } svg .mark.run\(place) { stroke: \(colour); }
        svg polygon.run\(place) { fill: \(colour); }
        """
    }.joined(separator: "\n    ")
  }

  /// The report's style sheet, light and dark.
  static let style = """
    :root { color-scheme: light dark; --page: #f6f7f9; --card: #fff; --ink: #16202c; --soft: #5b6878; --line: #e1e6ec;
      --train: #2a6fdb; --validation: #d9620c; --rate: #6b7788; --good: #2a6fdb; --bad: #d9620c; }
    @media (prefers-color-scheme: dark) { :root { --page: #10151b; --card: #19212a; --ink: #e8edf3; --soft: #96a3b3;
      --line: #2b3641; --train: #6aa5ff; --validation: #ff9a4d; --rate: #9aa7b6; --good: #4f8ff0; --bad: #ee7f2e; } }
    * { box-sizing: border-box; }
    body { margin: 0; background: var(--page); color: var(--ink);
      font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
    main { max-width: 1180px; margin: 0 auto; padding: 40px 24px 64px; }
    header p { margin: 0; color: var(--soft); }
    header .eyebrow { font-size: 12px; letter-spacing: .09em; text-transform: uppercase; }
    h1 { font-size: 30px; line-height: 1.2; margin: 4px 0 6px; font-weight: 650; }
    h2 { font-size: 18px; font-weight: 620; margin: 44px 0 12px; }
    h3 { font-size: 15px; font-weight: 600; margin: 26px 0 10px; }
    h2 + p { margin: -6px 0 14px; color: var(--soft); }
    .card, figure.chart, .tile { background: var(--card); border: 1px solid var(--line); border-radius: 12px; }
    .card { padding: 18px; overflow-x: auto; }
    .tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(165px, 1fr)); gap: 14px; margin-top: 26px; }
    .tile { padding: 14px 18px; }
    .tile b { display: block; font-size: 26px; font-weight: 640; line-height: 1.25; }
    .tile span { color: var(--soft); font-size: 13px; }
    .charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 340px), 1fr)); gap: 16px; }
    .charts > :only-child { max-width: 560px; }
    figure { margin: 0; }
    figure.chart { padding: 14px 16px 8px; }
    figure.chart figcaption { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 4px 16px;
      font-weight: 600; margin-bottom: 6px; }
    .legend { display: flex; flex-wrap: wrap; gap: 2px 14px; font-weight: 400; font-size: 13px; color: var(--soft); }
    .key { display: inline-block; width: 16px; height: 3px; border-radius: 2px; margin-right: 6px; vertical-align: 4px; }
    .key.train { background: var(--train); } .key.validation { background: var(--validation); }
    .key.rate { background: var(--rate); }
    svg { display: block; width: 100%; height: auto; }
    svg .grid { stroke: var(--line); stroke-width: 1; }
    svg .tick { fill: var(--soft); font-size: 12px; font-variant-numeric: tabular-nums; }
    svg .end { text-anchor: end; } svg .middle { text-anchor: middle; }
    svg polyline { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
    svg polyline.range { stroke-width: 1.5; stroke-opacity: .6; } svg polygon { stroke: none; fill-opacity: .16; }
    svg polyline.train { stroke: var(--train); } svg polyline.validation { stroke: var(--validation); }
    svg polyline.rate { stroke: var(--rate); }
    \(runColours)
    svg .dot.train { fill: var(--train); } svg .dot.validation { fill: var(--validation); }
    svg .dot.rate { fill: var(--rate); }
    svg .target { fill: transparent; }
    svg .dot:has(+ .target:hover) { r: 4px; }
    svg .mark { fill: var(--card); stroke-width: 2.5; pointer-events: none; }
    svg .mark.validation { stroke: var(--validation); }
    table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
    .confusion { margin: 0 auto; font-size: 13px; }
    .confusion th { font-weight: 500; color: var(--soft); padding: 3px 8px; white-space: nowrap; }
    .confusion thead th { max-width: 120px; overflow: hidden; text-overflow: ellipsis; }
    .confusion.long thead th { writing-mode: vertical-rl; transform: rotate(180deg); text-align: left; padding: 8px 3px; }
    .confusion tbody th { text-align: right; }
    .confusion td { min-width: 40px; height: 34px; text-align: center; padding: 2px 6px; border: 2px solid var(--card);
      border-radius: 6px; }
    .confusion td.good { background: color-mix(in srgb, var(--good) var(--heat), transparent); }
    .confusion td.bad { background: color-mix(in srgb, var(--bad) var(--heat), transparent); }
    .confusion td.none { color: color-mix(in srgb, var(--soft) 45%, transparent); }
    .confusion td.strong { color: #fff; }
    .columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 400px), 1fr)); gap: 16px; }
    .bars { display: grid; grid-template-columns: max-content 1fr max-content; gap: 6px 12px; align-items: center;
      font-size: 13px; }
    .bars .name { max-width: 180px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; text-align: right; }
    .bar { height: 10px; border-radius: 5px; background: var(--line); overflow: hidden; }
    .bar i { display: block; height: 100%; border-radius: 5px; background: var(--good); }
    .bars .value { color: var(--soft); font-variant-numeric: tabular-nums; }
    .pictures { display: grid; grid-template-columns: repeat(auto-fill, minmax(170px, 1fr)); gap: 14px; }
    .picture { background: var(--card); border: 1px solid var(--line); border-radius: 12px; overflow: hidden; }
    .picture img { display: block; width: 100%; aspect-ratio: 1; object-fit: contain; background: #000; }
    .picture img.small { image-rendering: pixelated; }
    .picture figcaption { padding: 10px 12px 12px; font-size: 13px; }
    .picture .truth { font-weight: 600; margin-bottom: 6px; }
    .picture .bars { grid-template-columns: minmax(0, 1fr) max-content; gap: 2px 8px; font-size: 12px; }
    .picture .bars .name { text-align: left; }
    .picture .bars .bar { grid-column: 1 / -1; height: 5px; margin-bottom: 3px; }
    .picture .wrong i { background: var(--bad); }
    .facts th { text-align: left; font-weight: 500; color: var(--soft); padding: 3px 22px 3px 0; vertical-align: top;
      white-space: nowrap; }
    .facts td { padding: 3px 0; overflow-wrap: anywhere; }
    .list { width: 100%; font-size: 13px; }
    .list th { text-align: right; font-weight: 500; color: var(--soft); padding: 4px 10px; border-bottom: 1px solid var(--line); }
    .list td { text-align: right; padding: 4px 10px; border-bottom: 1px solid var(--line); }
    .list .left { text-align: left; }
    .list .best td { font-weight: 650; }
    .study p, .study ul { max-width: 900px; } .study .note { color: var(--soft); font-size: 13px; margin: 8px 0 0; }
    .study h2 + p { margin-top: 0; color: inherit; } .study td { white-space: nowrap; }
    .study .wide { font-size: 12px; } .study .wide th, .study .wide td { padding: 4px 6px; }
    .study .published { color: var(--soft); font-style: italic; background: color-mix(in srgb, var(--soft) 9%, transparent); }
    pre { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; font: 13px/1.5 ui-monospace, monospace; }
    summary { cursor: pointer; font-weight: 600; }
    footer { margin-top: 48px; color: var(--soft); font-size: 13px; }
    """
}
