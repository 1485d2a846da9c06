"""`hulian profile`: the tools of the standard. None needs a running gateway."""

import typer

from gateway.cli.profile_check import check_profile
from gateway.cli.profile_coverage import profile_coverage
from gateway.cli.profile_diff import diff_profiles
from gateway.cli.profile_docs import write_docs
from gateway.cli.profile_export import export_profile
from gateway.cli.profile_list import list_profiles
from gateway.cli.profile_new import app as new
from gateway.cli.profile_show import show_profile

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    help="The device profiles: list, show, check, compare, export, and begin new ones.",
)
app.command("list")(list_profiles)
app.command("show")(show_profile)
app.command("check")(check_profile)
app.command("coverage")(profile_coverage)
app.command("diff")(diff_profiles)
app.command("export")(export_profile)
app.command("docs")(write_docs)
app.add_typer(new, name="new")
