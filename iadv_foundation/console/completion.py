"""Shell completion: scripts by ``shtab`` for programs that are called as ``python -m NAME``."""

from iadv_foundation.errors import UserError

SHELLS = ("bash", "zsh")
#: Metavars of what is a file or folder.
_FILES, _FOLDERS = {"FILE", "PATH", "NAME=PATH", "KIND=PATH"}, {"DIR", "RUN", "FOLDER"}

# shtab's functions know a command of one word.  These take the words "python -m NAME" for it.
_OF_PYTHON = {
    "bash": """
_python_m_stage() {
  local stage="${COMP_WORDS[2]-}"
  if [[ ${COMP_WORDS[1]-} != -m ]]; then
    COMPREPLY=()
  elif (( COMP_CWORD == 2 )); then
    COMPREPLY=($(compgen -W "%(stages)s" -- "$stage"))
  elif declare -F "_shtab_$stage" >/dev/null; then
    COMP_WORDS=("$stage" "${COMP_WORDS[@]:3}")
    (( COMP_CWORD -= 2 ))
    "_shtab_$stage"
  fi
}
complete -o bashdefault -o default -F _python_m_stage python python3
""",
    "zsh": """
_python_m_stage() {
  local stage="${words[3]}"
  if [[ $words[2] != -m ]]; then
    (( $+functions[_python] )) && _python || _files
  elif (( CURRENT == 3 )); then
    compadd -- %(stages)s
  elif (( $+functions[_shtab_$stage] )); then
    words=("$stage" "${(@)words[4,-1]}")
    (( CURRENT -= 2 ))
    _shtab_$stage
  fi
}
compdef _python_m_stage python python3
""",
}


def script(programs, shell):
    """What a shell evaluates to complete the words of programs.

    Args:
        programs (list of iadv_foundation.console.parser.Program): are changed, and of no further use.
        shell (str): one of :data:`SHELLS`.

    Returns:
        str

    Raises:
        UserError: shtab is not installed.
    """
    try:
        import shtab
    except ImportError:
        raise UserError(
            "completion needs the package shtab, which requirements.txt lists: ./reproduce.sh setup installs it"
        ) from None
    parts, stages = [], []
    for program in programs:
        words = program.prog.split()
        if words[:2] == ["python", "-m"]:
            stages.append(words[2])
        program.prog = words[-1]
        _say_what_completes(program, shtab)
        parts.append(shtab.complete(program, shell))
    if stages:
        parts.append(_OF_PYTHON[shell] % {"stages": " ".join(stages)})
    return "\n".join(parts)


def _say_what_completes(parser, shtab):
    """Tell shtab which values of a command and of those below it are known by name, and which are files or folders."""
    for action in parser._actions:
        if action.metavar in _FILES | _FOLDERS:
            action.complete = shtab.FILE if action.metavar in _FILES else shtab.DIRECTORY
        elif getattr(action, "values", ()):
            action.choices = list(action.values)
        elif isinstance(action.choices, dict):
            for command in action.choices.values():
                _say_what_completes(command, shtab)
