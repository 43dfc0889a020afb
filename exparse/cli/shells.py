"""Completion scripts, made from the parsers themselves.

A script knows verbs and options by heart; for the names of runs and marks it calls ``exparse _complete``.
"""

from __future__ import annotations

import argparse
from typing import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import ModuleType


class Words(NamedTuple):
    """What may follow a verb.

    Attributes:
        verb: The verb, or an alias of it.
        help: What it does.
        options: Its options, and what each takes: None for nothing, else the choices (perhaps none).
        kinds: What its arguments are (``runs``, ``marks``, ``tags``, ``trash``, or ``nothing`` that is known), in
            order, the last one repeated.
        choices: Words that its argument is one of, where it has such.
    """

    verb: str
    help: str
    options: dict[str, list[str] | None]
    kinds: tuple[str, ...]
    choices: list[str]


def words_of(parser: argparse.ArgumentParser, verbs: Iterable[ModuleType]) -> list[Words]:
    """Return what the parser of the command takes after each verb."""
    (below,) = (action for action in parser._actions if isinstance(action, argparse._SubParsersAction))
    found = []
    for verb in verbs:
        actions = below.choices[verb.NAME]._actions
        options = {text: _values(action) for action in actions for text in action.option_strings}
        choices = [str(c) for action in actions if not action.option_strings for c in action.choices or ()]
        names = [verb.NAME, *verb.ALIASES]
        found += [Words(name, verb.HELP, options, verb.COMPLETES, choices) for name in names]
    return found


def _values(action: argparse.Action) -> list[str] | None:
    return None if action.nargs == 0 else [str(choice) for choice in action.choices or ()]


def _cases(words: Iterable[Words], text: Callable[[Words], str]) -> str:
    return "\n".join(f"        {word.verb}) {text(word)} ;;" for word in words)


def _value_cases(words: Iterable[Words]) -> str:
    """Return shell cases that set ``values`` where the option before takes one of some words."""
    cases = {
        f"{word.verb}:{option}": " ".join(values) for word in words for option, values in word.options.items() if values
    }
    return "\n".join(f"        {case}) values='{values}' ;;" for case, values in cases.items())


def _takers(words: Iterable[Words]) -> str:
    """Return a shell pattern of the options that take a value."""
    return "|".join(sorted({o for word in words for o, values in word.options.items() if values is not None}))


_SHARED = """\
    local verb= root= place=0 skip= option= values= options= kinds= kind= part
    for part in "${before[@]}"; do
        if [ -n "$skip" ]; then
            [ "$skip" = --root ] && root=$part
            skip= option=
            continue
        fi
        case $part in
            --root=*) root=${part#--root=} ;;
            %(takers)s) skip=$part option=$part ;;
            -*) ;;
            *) if [ -z "$verb" ]; then verb=$part; else place=$((place + 1)); fi ;;
        esac
    done
    case $verb:$option in
%(values)s
    esac
    case $verb in
%(options)s
        *) options='%(top)s' ;;
    esac
    case $verb in
%(kinds)s
    esac
    [ "$option" = --mark ] && kinds=marks option=
"""


def _shared(words: list[Words]) -> str:
    return _SHARED % {
        "takers": _takers(words),
        "values": _value_cases(words),
        "options": _cases(words, lambda word: f"options='{' '.join(word.options)}'"),
        "kinds": _cases(
            words,
            lambda word: f"kinds='{' '.join(word.kinds)}' values=${{values:-'{' '.join(word.choices)}'}}",
        ),
        "top": "--help --version --root",
    }


_BASH = """\
# Completion of exparse for bash 3.2 or newer: eval "$(exparse completion bash)"
_exparse() {
    # COMP_WORDS is torn at colons and the like, so the line itself is read.
    local line=${COMP_LINE:0:COMP_POINT} current before word
    current=${line##*[[:space:]]}
    IFS=$' \\t\\n' read -r -a before <<< "${line%%"$current"}"
    before=("${before[@]:1}")
    if [[ $current == --*=* ]]; then
        before+=("${current%%%%=*}") current=${current#*=}
    fi
%(shared)s
    # What is quoted is not read by the shell here: quotes and backslashes only go.
    root=${root//[\\"\\'\\\\]/}
    COMPREPLY=()
    if [ "$option" = --root ] || [ "$option" = --to ]; then
        local IFS=$'\\n'
        COMPREPLY=($(compgen -d -- "$current"))
        return
    elif [ -n "$values" ]; then
        COMPREPLY=($(compgen -W "$values" -- "$current"))
    elif [ -n "$option" ]; then
        return
    elif [ "${current:0:1}" = - ]; then
        COMPREPLY=($(compgen -W "$options" -- "$current"))
    elif [ -z "$verb" ]; then
        COMPREPLY=($(compgen -W '%(verbs)s' -- "$current"))
    else
        for kind in $kinds; do
            [ "$place" -le 0 ] && break
            place=$((place - 1))
        done
        [ -n "$kind" ] || return
        while IFS= read -r word; do
            COMPREPLY+=("$word")
        done < <(EXPARSE_ROOT=${root:-$EXPARSE_ROOT} exparse _complete "$kind" "$current" 2>/dev/null)
    fi
    # The shell puts the answer behind the last = or : of what is there. (Not behind @, which it keeps.)
    local torn=${current%%"${current##*[=:]}"} place_of
    for place_of in "${!COMPREPLY[@]}"; do
        COMPREPLY[place_of]=${COMPREPLY[place_of]#"$torn"}
    done
}
complete -F _exparse exparse
"""


def bash(words: list[Words]) -> str:
    """Return the script for bash."""
    return _BASH % {"shared": _shared(words).rstrip(), "verbs": " ".join(word.verb for word in words)}


_ZSH = """\
#compdef exparse
# Completion of exparse for zsh: eval "$(exparse completion zsh)" after compinit
_exparse() {
    local current=${words[CURRENT]} found
    local -a before reply
    before=("${(@Q)words[2,CURRENT-1]}")
    if [[ $current == --*=* ]]; then
        before+=("${current%%%%=*}") current=${current#*=}
        compset -P '*='
    fi
%(shared)s
    if [[ $option == --root || $option == --to ]]; then
        _files -/
    elif [[ -n $values ]]; then
        compadd -- ${=values}
    elif [[ -n $option ]]; then
        return 1
    elif [[ $current == -* ]]; then
        compadd -- ${=options}
    elif [[ -z $verb ]]; then
        compadd -- %(verbs)s
    else
        for kind in ${=kinds}; do
            (( place <= 0 )) && break
            (( place -= 1 ))
        done
        [[ -n $kind ]] || return 1
        found=$(EXPARSE_ROOT=${root:-$EXPARSE_ROOT} exparse _complete "$kind" "$current" 2>/dev/null)
        reply=(${(f)found})
        compadd -Q -- $reply
    fi
}
compdef _exparse exparse
"""


def zsh(words: list[Words]) -> str:
    """Return the script for zsh."""
    return _ZSH % {"shared": _shared(words).rstrip(), "verbs": " ".join(word.verb for word in words)}


_FISH = """\
# Completion of exparse for fish: exparse completion fish > ~/.config/fish/completions/exparse.fish
function __exparse_parsed # prints the verb, how many arguments follow it, and the root
    set -l place 0
    set -l verb
    set -l root $EXPARSE_ROOT
    set -l skip
    set -l parts (commandline -opc)
    set -e parts[1]
    for part in $parts
        if test -n "$skip"
            test "$skip" = --root; and set root $part
            set skip
            continue
        end
        switch $part
            case '--root=*'
                set root (string replace -- --root= '' $part)
            case %(takers)s
                set skip $part
            case '-*'
            case '*'
                if test -z "$verb"
                    set verb $part
                else
                    set place (math $place + 1)
                end
        end
    end
    printf '%%s\\n' "$verb" $place "$root"
end
function __exparse_verb_is
    set -l parsed (__exparse_parsed)
    test "$parsed[1]" = "$argv"
end
function __exparse_needs_verb
    __exparse_verb_is ''
end
function __exparse_words
    set -l parsed (__exparse_parsed)
    set -l at (math "min($parsed[2] + 1, "(count $argv)")")
    EXPARSE_ROOT=$parsed[3] exparse _complete $argv[$at] (commandline -ct) 2>/dev/null
end
complete -c exparse -f
complete -c exparse -l root -x -a '(__fish_complete_directories (commandline -ct))' -d 'folder of the runs'
complete -c exparse -n __exparse_needs_verb -l version -d 'print the version'
complete -c exparse -s h -l help -d 'print help'
%(lines)s
"""


def fish(words: list[Words]) -> str:
    """Return the script for fish."""
    lines = [line for word in words for line in _fish_lines(word)]
    takers = " ".join(_takers(words).split("|"))
    return _FISH % {"takers": takers, "lines": "\n".join(lines)}


_FISH_OFFERS = {
    "--mark": "(__exparse_words marks)",
    "--to": "(__fish_complete_directories (commandline -ct))",
}


def _fish_lines(word: Words) -> list[str]:
    after = f"complete -c exparse -n '__exparse_verb_is {word.verb}'"
    told = word.help.replace("'", "\\'")
    lines = [f"complete -c exparse -n __exparse_needs_verb -a {word.verb} -d '{told}'"]
    if word.kinds:
        lines.append(f"{after} -a '(__exparse_words {' '.join(word.kinds)})'")
    if word.choices:
        lines.append(f"{after} -a '{' '.join(word.choices)}'")
    for option, values in word.options.items():
        if option in ("-h", "--help", "--root"):
            continue
        form = f"-l {option[2:]}" if option.startswith("--") else f"-s {option[1:]}"
        offered = _FISH_OFFERS.get(option, " ".join(values or ()))
        takes = "" if values is None else f" -x -a '{offered}'"
        lines.append(f"{after} {form}{takes}")
    return lines


SCRIPTS: dict[str, Callable[[list[Words]], str]] = {"bash": bash, "fish": fish, "zsh": zsh}
