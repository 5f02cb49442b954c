"""The group `continuance failover`. Its commands stand in files of their own, which `main` joins."""

import typer

app = typer.Typer(no_args_is_help=True)
