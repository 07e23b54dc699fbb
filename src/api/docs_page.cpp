// The routes' table as a page for people. No scripts, nothing from elsewhere.
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "api/openapi.hpp"
#include "api/route.hpp"

namespace footfall::api {
namespace {

constexpr std::string_view kStyle = R"~~~(
:root{--ink:#1c2430;--soft:#5b6675;--line:#dfe4ea;--back:#fbfcfd;--card:#fff;--accent:#0b6b57}
@media(prefers-color-scheme:dark){:root{--ink:#e6eaf0;--soft:#9aa6b5;--line:#2c3542;--back:#12161c;--card:#1a2029;--accent:#5fd0b5}}
*{box-sizing:border-box}body{margin:0;font:16px/1.55 system-ui,sans-serif;color:var(--ink);background:var(--back)}
main{max-width:60rem;margin:0 auto;padding:2rem 1rem 6rem}h1{margin:0 0 .3rem}h2{margin:3rem 0 1rem;border-bottom:1px solid var(--line);padding-bottom:.3rem}
p{margin:.4rem 0}a{color:var(--accent)}code,pre{font:.9em ui-monospace,monospace}
details{background:var(--card);border:1px solid var(--line);border-radius:.5rem;margin:.5rem 0;padding:.6rem .9rem}
summary{cursor:pointer;display:flex;gap:.8rem;align-items:baseline;flex-wrap:wrap}
summary b{font:600 .8rem ui-monospace,monospace;min-width:4.2rem;color:var(--accent)}summary span{color:var(--soft)}
.tag{font-size:.8rem;border:1px solid var(--line);border-radius:1rem;padding:0 .6rem;color:var(--soft)}
table{border-collapse:collapse;width:100%;font-size:.92rem}th,td{text-align:left;vertical-align:top;padding:.3rem .6rem .3rem 0;border-top:1px solid var(--line)}
th{color:var(--soft);font-weight:500}h4{margin:1rem 0 .2rem;font-size:.95rem}ul{margin:.2rem 0;padding-left:1.2rem}li{margin:.1rem 0}.soft{color:var(--soft)}
nav{display:flex;gap:1rem;flex-wrap:wrap;margin-top:1rem}.scroll{overflow-x:auto}
)~~~";

std::string escaped(std::string_view text) {
  std::string out;
  bool code = false;  // between backticks
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '`':
        out += code ? "</code>" : "<code>";
        code = !code;
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string kind_text(const Schema& schema) {
  using Kind = Schema::Kind;
  std::string out;
  switch (schema.kind) {
    case Kind::object:
    case Kind::members:
      out = "object";
      break;
    case Kind::array:
      out = fmt::format("list of {}", kind_text(*schema.items));
      if (schema.max < 1'000'000) out += fmt::format(", {} to {}", schema.min, schema.max);
      break;
    case Kind::text:
      out = schema.min == schema.max
                ? fmt::format("text of {} characters", schema.min)
                : fmt::format("text of {} to {} characters", schema.min, schema.max);
      break;
    case Kind::whole:
      out = schema.max == INT64_MAX ? "whole number"
                                    : fmt::format("whole number, {} to {}", schema.min, schema.max);
      break;
    case Kind::number:
    case Kind::decimal:
      out = "number";
      break;
    case Kind::yes_no:
      out = "true or false";
      break;
    case Kind::choice:
      out = fmt::format("{}", fmt::join(schema.choices, " | "));
      break;
    case Kind::id:
      out = "id";
      break;
    case Kind::money:
      out = "amount in minor units";
      break;
    case Kind::moment:
      out = "moment";
      break;
    case Kind::any:
      out = "anything";
      break;
  }
  return schema.nullable ? out + ", or null" : out;
}

// The members of an object, those of objects inside it indented.
void add_members(std::string& out, const Schema& schema) {
  const Schema* inside = &schema;
  while (inside->kind == Schema::Kind::array) inside = inside->items.get();
  if (inside->kind != Schema::Kind::object) return;
  out += "<ul>";
  for (const Field& field : inside->fields) {
    out += fmt::format("<li><code>{}</code>{} <span class=soft>{}</span>", field.name,
                       field.required ? "" : " <span class=soft>(optional)</span>",
                       escaped(kind_text(field.schema)));
    if (!field.schema.about.empty()) out += " " + escaped(field.schema.about);
    add_members(out, field.schema);
    out += "</li>";
  }
  out += "</ul>";
}

std::string_view access_text(Access access) {
  switch (access) {
    case Access::open:
      return "everybody";
    case Access::optional:
      return "everybody; with a token, its bearer";
    case Access::shopper:
      return "a shopper";
    case Access::agent:
      return "an agent, or the admin";
    case Access::admin:
      return "the admin";
    case Access::either:
      return "a shopper, or the admin";
  }
  return "";
}

void add_parameters(std::string& out, const Route& route) {
  if (route.parameters.empty() && !route.with_key) return;
  out += "<h4>Parameters</h4><div class=scroll><table><tr><th>name<th>in<th>what</tr>";
  for (const Parameter& one : route.parameters) {
    const std::string_view in = one.in == Parameter::In::path    ? "path"
                                : one.in == Parameter::In::query ? "query"
                                                                 : "header";
    out += fmt::format("<tr><td><code>{}</code><td>{}<td>{} <span class=soft>{}</span></tr>",
                       one.name, in, escaped(one.schema.about), escaped(kind_text(one.schema)));
  }
  if (route.with_key) {
    out +=
        "<tr><td><code>Idempotency-Key</code><td>header, required<td>New for each request, the "
        "same when it is sent again.</tr>";
  }
  out += "</table></div>";
}

void add_route(std::string& out, const Route& route) {
  out += fmt::format(
      "<details id=\"{}\"><summary><b>{}</b><code>{}</code><span>{}</span></summary><p>{}</p>"
      "<p class=soft>For {}.{}</p>",
      route.name, to_string(route.method), escaped(route.path), escaped(route.title),
      escaped(route.about), access_text(route.access),
      route.simulation_only ? " Needs SIMULATION_MODE=true." : "");
  add_parameters(out, route);
  if (route.body) {
    out += fmt::format("<h4>Body{}</h4>", route.body_required ? "" : " (may be left out)");
    add_members(out, *route.body);
  }
  for (const Answer& one : route.answers) {
    out += fmt::format("<h4>{}</h4><p>{}</p>", one.status, escaped(one.about));
    if (one.schema) add_members(out, *one.schema);
  }
  out += "<h4>Problems</h4><p>";
  for (const ProblemKind* kind : problems_of(route)) {
    out += fmt::format("<a href=\"#{}\"><code>{}</code></a> ", kind->code, kind->code);
  }
  out += "</p></details>";
}

void add_problem(std::string& out, const ProblemKind& kind) {
  out += fmt::format("<tr id=\"{}\"><td><code>{}</code><td>{}<td>{}. {}<td>{}</tr>", kind.code,
                     kind.code, kind.status, escaped(kind.title), escaped(kind.about),
                     escaped(kind.remedy));
}

}  // namespace

std::string docs_page(const std::string& version) {
  std::vector<std::string_view> tags;
  for (const Route& route : routes()) {
    if (std::find(tags.begin(), tags.end(), route.tag) == tags.end()) tags.push_back(route.tag);
  }
  std::string out = fmt::format(
      "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport "
      "content=\"width=device-width,initial-scale=1\"><title>footfall API</title><style>{}</style>"
      "<main><h1>footfall API</h1><p class=soft>Version {}. For programs: <a "
      "href=\"/openapi.json\">/openapi.json</a> (OpenAPI 3.1).</p>"
      "<p>Ids are texts, since they pass 2<sup>53</sup>; in what you send numbers are good too. "
      "Money is in minor units (cents). Moments are UTC, as <code>2026-01-05T08:30:00Z</code>.</p>"
      "<p>Send <code>Authorization: Bearer …</code>: a person's access token, in a simulation "
      "<code>dev:&lt;agent_id&gt;</code>, or the admin token. Simulated calls may name their run "
      "and moment by <code>X-Footfall-Run</code> and <code>X-Footfall-Sim-Time</code>.</p><nav>",
      kStyle, escaped(version));
  for (const std::string_view tag : tags) out += fmt::format("<a href=\"#{0}\">{0}</a>", tag);
  out += "<a href=\"#errors\">Errors</a></nav>";
  for (const std::string_view tag : tags) {
    out += fmt::format("<h2 id=\"{0}\">{0}</h2>", tag);
    for (const Route& route : routes()) {
      if (route.tag == tag) add_route(out, route);
    }
  }
  out +=
      "<h2 id=errors>Errors</h2><p>Every answer from 400 on is a problem document (RFC 9457). "
      "Programs look at <code>code</code>.</p><div class=scroll><table><tr><th>code<th>status"
      "<th>when<th>what to do</tr>";
  for (const ProblemKind* kind : api_problems()) add_problem(out, *kind);
  for (const ProblemKind* kind : http::server_problems()) add_problem(out, *kind);
  return out + "</table></div></main></html>\n";
}

}  // namespace footfall::api
