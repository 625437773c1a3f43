"""``curvewise completion``."""

from __future__ import annotations

import click


@click.command(short_help="Print a script that completes commands in your shell.")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the completion script of a shell.

    \b
    Examples:
      eval "$(curvewise completion bash)"          in ~/.bashrc
      eval "$(curvewise completion zsh)"           in ~/.zshrc
      curvewise completion fish > ~/.config/fish/completions/curvewise.fish
    """
    from click.shell_completion import get_completion_class

    from curvewise.cli.main import main

    kind = get_completion_class(shell)
    assert kind is not None  # the choice above names what click knows
    click.echo(kind(main, {}, "curvewise", "_CURVEWISE_COMPLETE").source())
