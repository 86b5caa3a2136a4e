"""The least that a command line on Typer can be: what start-up is held against."""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer()


@app.command()
def bare(name: Annotated[str, typer.Argument()] = "nobody") -> None:
    """Say a name."""
    print(name)


if __name__ == "__main__":
    app()
