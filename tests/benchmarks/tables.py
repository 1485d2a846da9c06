"""What `make bench` prints: a table a part, each figure with its target beside it."""

from collections.abc import Callable
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.benchmarks.fleet import fleet_table
from tests.benchmarks.isolation import WRONG
from tests.benchmarks.vendors import vendors_table

Row = dict[str, Any]


def show(result: dict[str, Any]) -> None:
    """Print what was measured, the target beside it."""
    parts = (
        ("profiles", "the standard, in an installed wheel", PROFILES),
        ("building", "200 appliances", BUILDING),
        ("oscore", "a GET over CoAP under a key", OSCORE),
        ("selfdescribed", "devices behind Zigbee2MQTT, no two of one model, announced at once", SELFDESCRIBED),
        ("announced", "devices that announce themselves over MQTT, no two of one model, at once", SELFDESCRIBED),
        ("conformance", "a simulated air conditioner judged over both transports", CONFORMANCE),
        ("scenes", "scenes: what the hub adds to its slowest device", SCENES),
        ("pages", "the pages of the demo flat in a browser, all on this machine", BROWSING),
        ("open_pages", "the hop at 50/s beside 20 open windows of a browser", OPEN_PAGES),
        ("api", "a property read over HTTP, connections kept", API),
        ("weight", "what the gateway weighs", WEIGHT),
        ("isolation", "a command beside five units whose driver is wrong, x alone", ISOLATION),
    )
    for part, title, figures in parts:
        if reason := result.get(part, {}).get("not_measured"):
            Console(width=120).print(f"{title}: not measured, because of what is {reason}")
        elif part in result:
            table = Table("figure", "target", "measured", title=title)
            for name, target, text in figures:
                table.add_row(name, target, text(result[part]))
            Console(width=120).print(table)
    for part, drawn in (("vendors", vendors_table), ("fleet", fleet_table)):
        if part in result:
            Console(width=120).print(drawn(result[part]))
    if "rows" in result:
        show_hop(result)


def show_hop(result: dict[str, Any]) -> None:
    """Print one line a figure, one column a gateway."""
    rows: list[Row] = result["rows"]
    table = Table(title="hop: native state in, profile state out, through mosquitto")
    table.add_column("figure")
    table.add_column("target")
    for row in rows:
        table.add_column(f"{row['devices']} devices\n{_loop(row)}", justify="right")
    for name, target, text in FIGURES:
        table.add_row(name, target, *(text(row) for row in rows))
    growing = result["kib_per_device"]
    table.add_row("KiB an added device", "<= 6", *(f"{growing[loop]:.1f}" if (loop := _loop(row)) in growing else "–" for row in rows))
    table.add_row("imports ms", "<= 300", *(f"{result['imports_ms']:.0f}" for _ in rows))
    Console(width=120).print(table)


def _counted(counts: dict[str, int]) -> str:
    return f"{counts['passed']}, {counts['failed'] + counts['errored']}, {counts['skipped']}"


def _loop(row: Row) -> str:
    return "uvloop" if row["uvloop"] else "asyncio"


FIGURES: tuple[tuple[str, str, Callable[[Row], str]], ...] = (
    ("raw p50 us at 50/s", "", lambda row: f"{row['raw_p50_us']:.0f}"),
    ("raw messages/s", "", lambda row: f"{row['raw_messages_per_second']:,.0f}"),
    ("hop p50 us at 50/s", "", lambda row: f"{row['hop_p50_us']:.0f}"),
    ("hop p50, x raw", "<= 3.0 uvloop, 4.0 asyncio", lambda row: f"{row['hop_p50_us'] / row['raw_p50_us']:.1f}"),
    ("hop messages/s", "", lambda row: f"{row['messages_per_second']:,.0f}"),
    ("hop messages/s, x raw", ">= 0.20", lambda row: f"{row['messages_per_second'] / row['raw_messages_per_second']:.2f}"),
    ("lost", "0", lambda row: str(row["lost"])),
    ("CPU s per 1,000 at 300/s", "<= 0.26", lambda row: f"{row['cpu_seconds_per_1000']:.2f}"),
    ("MiB", "<= 64 at 1,000 devices", lambda row: f"{row['memory_mib']:.0f}"),
    ("MiB after the load", "<= 1.2 x before", lambda row: f"{row['memory_after_mib']:.0f}"),
    ("cold start s", "<= 0.8 at 100 devices", lambda row: f"{row['cold_start_seconds']:.2f}"),
    ("cold start s, every device", "", lambda row: f"{row['cold_start_all_seconds']:.2f}"),
)

PROFILES: tuple[tuple[str, str, Callable[[Row], str]], ...] = (
    ("kinds", ">= 38", lambda row: str(row["kinds"])),
    ("ms to load them all", "<= 150", lambda row: f"{row['ms']:.0f}"),
    ("the same from YAML, x", "", lambda row: f"{row['yaml_ms'] / row['ms']:.0f}"),
    ("MiB", "<= 8", lambda row: f"{row['mib']:.1f}"),
)
BUILDING: tuple[tuple[str, str, Callable[[Row], str]], ...] = (
    ("appliances in one simulator", "200", lambda row: str(row["units"])),
    ("s until all of them answer", "<= 10", lambda row: f"{row['simulator_s']:.1f}"),
    ("MiB of the simulator", "<= 120", lambda row: f"{row['simulator_mib']:.0f}"),
    ("s until hulian demo has all of them online", "", lambda row: f"{row['demo_s']:.1f}"),
    ("MiB of the gateway beside it", "<= 64", lambda row: f"{row['gateway_mib']:.0f}"),
)

SELFDESCRIBED: tuple[tuple[str, str, Callable[[Row], str]], ...] = (
    ("devices", "1000", lambda row: str(row["devices"])),
    ("MiB they are announced in", "", lambda row: f"{row['announced_mib']:.1f}"),
    ("s until all are in the inbox", "<= 10", lambda row: f"{row['inbox_s']:.1f}"),
    ("KiB of the gateway for each", "<= 25", lambda row: f"{row['kib_each']:.1f}"),
)

ISOLATION: tuple[tuple[str, str, Callable[[dict[str, Any]], str]], ...] = tuple(
    (wrong, "< 2.0", lambda found, wrong=wrong: f"{found[wrong]:.2f}")  # type: ignore[misc]
    for wrong in WRONG
)
CONFORMANCE: tuple[tuple[str, str, Callable[[Row], str]], ...] = (
    ("s for the whole suite, with advance", "<= 240", lambda row: f"{row['whole_s']:.0f}"),
    ("CPU s of the judge for that", "", lambda row: f"{row['whole_cpu_s']:.0f}"),
    ("checks passed, failed, skipped", "0 failed", lambda row: _counted(row["whole_counts"])),
    ("s with --budget 10", "<= 10", lambda row: f"{row['quick_s']:.1f}"),
    ("checks passed, failed, skipped in that", "0 failed", lambda row: _counted(row["quick_counts"])),
)
SCENES: tuple[tuple[str, str, Callable[[Row], str]], ...] = (
    ("ms over the slowest device: 20 steps, 12 devices", "<= 50", lambda row: f"{row['steps_ms']:.0f}"),
    ("the same: one wave of 200 devices", "<= 300", lambda row: f"{row['wave_ms']:.0f}"),
    ("s to check 1,000 scenes, all kinds unread", "< 2", lambda row: f"{row['check']['s']:.2f}"),
)
BROWSING: tuple[tuple[str, str, Callable[[Row], str]], ...] = (
    ("ms until a control has answered, nothing kept", "<= 1500", lambda row: f"{row['cold_interactive_ms']:.0f}"),
    ("the same with what a browser keeps", "<= 1500", lambda row: f"{row['warm_interactive_ms']:.0f}"),
    ("ms until it is drawn, nothing kept; kept", "", lambda row: f"{row['cold_drawn_ms']:.0f}; {row['warm_drawn_ms']:.0f}"),
    ("KiB fetched, nothing kept; kept", "", lambda row: f"{row['cold_bytes'] / 1024:.0f}; {row['warm_bytes'] / 1024:.0f}"),
    ("ms from an appliance's word to the page, median", "<= 150", lambda row: f"{row['change_ms']:.0f}"),
    ("the same, p95", "", lambda row: f"{row['change_p95_ms']:.0f}"),
    ("changes never shown", "0", lambda row: str(row["unshown"])),
)
OPEN_PAGES: tuple[tuple[str, str, Callable[[Row], str]], ...] = (
    ("hop p50, x without pages", "<= 1.20", lambda row: f"{row['looked_p50_us'] / row['alone_p50_us']:.2f}"),
    ("the same before the first is opened", "", lambda row: f"{row['unopened_x']:.2f}"),
    ("hop p99, x without pages", "", lambda row: f"{row['looked_p99_us'] / row['alone_p99_us']:.1f}"),
    ("CPU ms a message, without and with", "", lambda row: f"{row['alone_cpu_ms']:.2f}, {row['looked_cpu_ms']:.2f}"),
    ("CPU us a message and page", "", lambda row: f"{(row['looked_cpu_ms'] - row['alone_cpu_ms']) / row['pages'] * 1000:.0f}"),
    ("% of a processor, nothing changing", "", lambda row: f"{row['idle_cpu_percent']:.1f}"),
    ("MiB a page", "", lambda row: f"{row['mib_a_page']:.1f}"),
)
API: tuple[tuple[str, str, Callable[[Row], str]], ...] = (
    ("p50 us of the hub", "", lambda row: f"{row['hub_p50_us']:.0f}"),
    ("p50 us of node-wot", "", lambda row: f"{row['node_wot_p50_us']:.0f}"),
    ("p50, x node-wot", "<= 1.5", lambda row: f"{row['hub_p50_us'] / row['node_wot_p50_us']:.2f}"),
)
WEIGHT: tuple[tuple[str, str, Callable[[Row], str]], ...] = (
    ("devices", "", lambda row: str(row["devices"])),
    ("MiB without HTTP", "<= 64", lambda row: f"{row['plain_mib']:.0f}"),
    ("MiB with the API", "", lambda row: f"{row['api_mib']:.0f}"),
    ("MiB with the pages, none opened", "", lambda row: f"{row['pages_mib']:.0f}"),
    ("MiB the first page adds", "", lambda row: f"{row['first_page_mib']:.1f}"),
)
OSCORE: tuple[tuple[str, str, Callable[[Row], str]], ...] = (
    ("p50 us in clear", "", lambda row: f"{row['plain_p50_us']:.0f}"),
    ("p50 us with OSCORE", "", lambda row: f"{row['oscore_p50_us']:.0f}"),
    ("p50, x in clear", "<= 3.0", lambda row: f"{row['oscore_p50_us'] / row['plain_p50_us']:.1f}"),
    ("CPU of the server, x in clear", "<= 3.0", lambda row: f"{row['oscore_cpu_us'] / row['plain_cpu_us']:.1f}"),
)
