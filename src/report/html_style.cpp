// How every page looks.
#include <cmath>

#include "report/html.h"

namespace whet::report {

namespace {

constexpr std::string_view style =
    R"css(
:root { --ink: #1d2433; --soft: #5b6474; --line: #dfe3ea; --paper: #fff; --shade: #f5f7fa; --accent: #1f6f5c;
  --critical: #8e2b8e; --high: #c0392b; --medium: #b9770e; --low: #2e6da4; --info: #7a8494; --before: #b8c0cc; --after: #1f8f6f; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e8ef; --soft: #9aa4b5; --line: #333b49; --paper: #171b23; --shade: #1f2530;
  --accent: #4fc3a1; --critical: #d486d4; --high: #ec7063; --medium: #e5a53b; --low: #6fa8dc; --info: #8d97a8; --before: #566072; --after: #35b38d; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1080px; padding: 2rem 1.2rem 4rem; font: 15px/1.55 system-ui, sans-serif; color: var(--ink); background: var(--paper); }
h1 { font-size: 1.6rem; margin: 0; } h2 { font-size: 1.2rem; margin: 2.4rem 0 .8rem; border-bottom: 1px solid var(--line); padding-bottom: .3rem; }
p { margin: .4rem 0; } .soft { color: var(--soft); } code, pre, .id { font-family: ui-monospace, monospace; font-size: .86em; overflow-wrap: anywhere; }
pre { background: var(--shade); border: 1px solid var(--line); border-radius: 6px; padding: .7rem .9rem; overflow-x: auto; white-space: pre-wrap; }
pre.plan { white-space: pre; }
table { border-collapse: collapse; width: 100%; font-size: .92em; } th, td { text-align: left; padding: .32rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; }
th { color: var(--soft); font-weight: 600; } td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.tiles { display: flex; flex-wrap: wrap; gap: .8rem; margin: 1.2rem 0; }
.tile { border: 1px solid var(--line); border-radius: 8px; padding: .7rem 1.1rem; min-width: 7.5rem; background: var(--shade); }
.tile b { display: block; font-size: 1.5rem; line-height: 1.2; }
.finding { border: 1px solid var(--line); border-left: 4px solid var(--info); border-radius: 6px; margin: .55rem 0; }
.finding > summary { cursor: pointer; padding: .55rem .9rem; list-style-position: outside; }
.finding > div { padding: 0 .9rem .8rem; }
.critical { border-left-color: var(--critical); } .high { border-left-color: var(--high); } .medium { border-left-color: var(--medium); } .low { border-left-color: var(--low); }
.tag { display: inline-block; border-radius: 4px; padding: 0 .45em; font-size: .8em; font-weight: 600; color: var(--paper); background: var(--info); margin-right: .5em; white-space: nowrap; }
.tag.critical { background: var(--critical); } .tag.high { background: var(--high); } .tag.medium { background: var(--medium); } .tag.low { background: var(--low); }
.tag.good { background: var(--after); } .tag.bad { background: var(--high); }
.bars { min-width: 180px; } .bar { height: 9px; border-radius: 3px; margin: 2px 0; min-width: 1px; } .bar.before { background: var(--before); } .bar.after { background: var(--after); }
.legend span { display: inline-block; width: .8em; height: .8em; border-radius: 2px; margin: 0 .35em 0 1em; }
.legend .before { background: var(--before); } .legend .after { background: var(--after); }
)css";

}  // namespace

std::string html_page(std::string_view title, std::string_view body) {
  std::string out =
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width\"><title>" +
      escape_xml(title) + "</title><style>";
  out += style;
  out += "</style></head><body>\n";
  out += body;
  return out + "</body></html>\n";
}

double html_bar_width(double value, double smallest, double largest) {
  if (!(value > smallest) || !(largest > smallest)) return 1;
  return 100 * std::log(value / smallest) / std::log(largest / smallest);
}

}  // namespace whet::report
