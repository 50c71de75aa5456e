"""The page's scripts that need no browser: positions of times, entries of a journey, JSON and addresses."""

import json
from itertools import pairwise
from typing import Any

from ._node import run

MINUTE = 60_000  # milliseconds, as the scripts count
DAY = 24 * 60 * MINUTE


def scale(times: list[int], width: int = 700) -> Any:
    """Return the spans and pauses of some times, and the position of each time."""
    code = """
        const { timescale } = await import(`${web}/timescale.js`);
        const { width, spans, pauses, x } = timescale(given.times, given.width);
        done({ width, spans, pauses, at: given.times.map(x) });
    """
    return run(code, {"times": times, "width": width})


def test_minutes_are_visible_within_weeks() -> None:
    """Long pauses are cut out; the spans share the width, in the order of time."""
    times = [0, MINUTE, 5 * MINUTE, 14 * DAY, 14 * DAY + 3 * MINUTE, 20 * DAY]
    laid = scale(times)
    assert [(s["from"], s["to"], s["count"]) for s in laid["spans"]] == [
        (0, 5 * MINUTE, 3),
        (14 * DAY, 14 * DAY + 3 * MINUTE, 2),
        (20 * DAY, 20 * DAY, 1),
    ]
    assert [p["length"] for p in laid["pauses"]] == [14 * DAY - 5 * MINUTE, 6 * DAY - 3 * MINUTE]
    assert abs(laid["width"] - 700) < 1e-6
    assert all(before < after for before, after in pairwise(laid["at"]))
    assert laid["at"][1] - laid["at"][0] > 10
    for position, at in zip([0, 0, 0, 1, 1, 2], laid["at"], strict=True):
        assert laid["spans"][position]["left"] < at < laid["spans"][position]["right"]


def test_pause_has_at_least_half_an_hour() -> None:
    """Like the pause that ends a session."""
    assert len(scale([0, 30 * MINUTE - 1])["spans"]) == 1
    assert len(scale([0, 30 * MINUTE])["spans"]) == 2


def test_picture_of_many_sessions_has_a_limited_width() -> None:
    """Only the longest pauses are cut out; the picture can be wider than the page."""
    times = [number * DAY + (number % 7) * 60 * MINUTE for number in range(1000)]
    laid = scale(times)
    assert len(laid["spans"]) == 20
    assert sum(span["count"] for span in laid["spans"]) == 1000
    assert 700 < laid["width"] < 5000
    assert laid["at"] == sorted(laid["at"])


def test_marks_that_would_overlap_are_grouped() -> None:
    """Ten thousand pageviews in a lane are a few marks with a minimum distance, and no pageview is lost."""
    code = """
        const { groupsOf, timescale } = await import(`${web}/timescale.js`);
        const entries = Array.from({ length: 10000 }, (_, index) => ({ at: index * 7000 + (index % 50) * 90000 }));
        entries.sort((a, b) => a.at - b.at);
        const { x } = timescale(entries.map(({ at }) => at), 700);
        const groups = groupsOf(entries, x, 28);
        done(groups.map((group) => [group.x, group.entries.length]));
    """
    groups = run(code)
    assert sum(count for _, count in groups) == 10_000
    assert len(groups) < 200
    assert all(after[0] - before[0] >= 26 for before, after in pairwise(groups))


def test_journey_is_in_the_order_of_time_with_a_lane_for_each_channel() -> None:
    """In one second, the touchpoint comes before its pageview; values of unexpected types are shown as text."""
    customer = {
        "pageviews": [
            {"created_at": "2026-03-02T10:00:00Z", "url": "https://x/", "title": "", "meta": None, "aliases": ["v"]},
            {"created_at": "no time", "url": "https://y/"},
        ],
        "touchpoints": [
            {"created_at": "2026-03-02T10:00:00Z", "channel": "paid_search", "source": "google", "medium": "cpc"},
            {"created_at": "2026-03-09T10:00:00Z", "channel": None},
        ],
        "identities": [{"created_at": "2026-03-02T10:05:00Z", "client_id": {"odd": 1}, "aliases": "v"}],
        "events": [{"created_at": "2026-03-02T10:04:00Z", "event_public_key": "ev", "is_informational": True}],
    }
    code = """
        const { entriesOf, lanesOf } = await import(`${web}/journey.js`);
        const entries = entriesOf(given);
        done({ entries, lanes: lanesOf(entries).map(({ lane }) => lane) });
    """
    found = run(code, customer)
    assert [(m["kind"], m["title"]) for m in found["entries"]] == [
        ("touchpoint", "google / cpc"),
        ("pageview", "https://x/"),
        ("event", "ev"),
        ("identity", '{"odd":1} is visitor v'),
        ("touchpoint", "unknown origin"),
    ]
    assert found["lanes"] == ["channel:paid_search", "channel:unassigned", "pageview", "identity", "event"]
    assert found["entries"][2]["informational"] is True


def test_json_is_indented_without_changing_any_value() -> None:
    """Numbers keep all their digits; text that is not JSON is not changed."""
    texts = [
        '{"a":[1,2.50,-3e+7],"b":{"c":null,"d":true},"e":[],"f":{}}',
        '{"big":123456789012345678901234567890,"text":"a\\"b\\\\,:{}[] \\u00e9 🧦"}',
        "[]",
        '"only text"',
        "",
        "<html>",
        "{",
        '{"a" : 1 ,\n"b":2}',
    ]
    code = """
        const { indented } = await import(`${web}/code.js`);
        done(given.map((text) => indented(text)?.shown ?? null));
    """
    first, second, empty, text, *broken, spaced = run(code, texts)
    assert first == json.dumps(json.loads(texts[0]), indent=2).replace("2.5", "2.50").replace("-30000000.0", "-3e+7")
    assert second == '{\n  "big": 123456789012345678901234567890,\n  "text": "a\\"b\\\\,:{}[] \\u00e9 🧦"\n}'
    assert (empty, text, broken) == ("[]", '"only text"', [None, None, None])
    assert spaced == '{\n  "a": 1,\n  "b": 2\n}'


def test_long_json_is_indented_up_to_a_limit() -> None:
    """The rest is counted, so that the page can say how much it does not show."""
    text = json.dumps([{"number": number} for number in range(1000)], separators=(",", ":"))
    code = """
        const { indented } = await import(`${web}/code.js`);
        done([indented(given, 500), indented(given)]);
    """
    first, whole = run(code, text)
    assert whole == {"shown": json.dumps(json.loads(text), indent=2), "left": 0}
    assert whole["shown"].startswith(first["shown"])
    assert 500 < len(first["shown"]) < 600
    assert json.loads(first["shown"] + text[-first["left"] :]) == json.loads(text)


def test_invisible_ids_are_shown_as_codes() -> None:
    """Ids of blanks, control characters and other invisible characters; other ids are not changed."""
    code = """
        const { visible } = await import(`${web}/format.js`);
        done(given.map(visible));
    """
    invisible = [" ", "\t\n", "\u00a0\u200b", "\u2800\u3164", "\U000e0020", " " * 30]
    visible = ["ada@example.com", " a ", "-", "🧦", "ü", "\u202egpj", ""]
    codes = ["U+0020", "U+0009 U+000A", "U+00A0 U+200B", "U+2800 U+3164", "U+E0020", " ".join(["U+0020"] * 12) + " …"]
    assert run(code, [*invisible, *visible]) == [*codes, *visible]


def test_links_are_read_as_their_routes() -> None:
    """With any id, percent-encoded; an unknown fragment is the list of customers."""
    ids = ["ada+shop@example.com", "a&account=x", "100%", "ü/..#?=", ""]
    code = """
        const { customerLink, readRoute } = await import(`${web}/route.js`);
        const requests = ["#request=12", "#request=0a1b-12", "#request=x"];
        const others = ["", "#live", "#setup", ...requests, "#customer=100%", "#nonsense"];
        done({ ids: given.map((id) => readRoute(customerLink("k&y", id))), others: others.map(readRoute) });
    """
    found = run(code, ids)
    assert found["ids"] == [{"view": "customers", "customer": each, "account": "k&y"} for each in ids]
    assert found["others"] == [
        {"view": "customers", "account": None},
        {"view": "live", "account": None},
        {"view": "setup", "account": None},
        {"view": "live", "request": "12", "account": None},
        {"view": "live", "request": "0a1b-12", "account": None},
        {"view": "customers", "account": None},
        {"view": "customers", "customer": "100%", "account": None},
        {"view": "customers", "account": None},
    ]


def test_addresses_that_visitors_wrote_cannot_become_links() -> None:
    """Nor can event handlers and styles become attributes: the function that creates elements refuses them."""
    code = """
        const { h } = await import(`${web}/dom.js`);
        globalThis.document = { createElement: () => ({ setAttribute() {}, append() {} }) };
        const refused = (attributes) => { try { h("a", attributes); return false; } catch { return true; } };
        done(given.map(refused));
    """
    bad = [{"href": "javascript:alert(1)"}, {"href": "https://x.example/"}, {"href": "//x.example"}, {"href": " /x"}]
    bad += [{"xlink:href": "data:x"}, {"onclick": "x"}, {"style": "x"}, {"src": "/x"}, {"srcdoc": "x"}]
    good = [{"href": "#customer=x"}, {"href": "/_sandbox/shop/"}, {"title": "javascript:alert(1)"}]
    assert run(code, bad + good) == [True] * len(bad) + [False] * len(good)
