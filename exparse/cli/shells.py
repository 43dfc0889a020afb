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
    # What may take a value seldom does: it is offered what follows a flag.
    return None if action.nargs in (0, argparse.OPTIONAL) else [str(choice) for choice in action.choices or ()]


OFFERS = {
    "--root": "folders",
    "--to": "folders",
    "--into": "folders",
    "--at": "folders",
    "--save": "files",
    "--config": "files",
    "--output": "files",
    "-o": "files",
    "--mark": "marks",
    "--tag": "tags",
    "--where": "queries",
    "--state": "states",
    "--sort": "sorts",
    "--columns": "columns",
    "--metrics": "metrics",
    "--by": "fields",
    "--over": "fields",
    "--best": "metrics",
    "--keep-best": "metrics",
    "--ignore": "params",
    "diff --to": "runs",
    "compare --to": "runs",
}
"""What an option takes, by the option alone or after a verb: a kind that ``exparse _complete`` knows, or ``folders`` or
``files`` that the shell knows. Options that take one of some words say so themselves."""


def offered(verb: str, option: str) -> str | None:
    """Return of which kind the values of an option are, or None where nobody knows."""
    return OFFERS.get(f"{verb} {option}", OFFERS.get(option))


def _offer_cases(words: Iterable[Words]) -> str:
    """Return shell cases that set ``kinds`` to what the option before takes."""
    by_kind: dict[str, list[str]] = {}
    for word in words:
        for option, values in word.options.items():
            kind = offered(word.verb, option)
            if kind and values is not None and not values:
                by_kind.setdefault(kind, []).append(f"{word.verb}:{option}")
    return "\n".join(
        f"        {'|'.join(cases)}) kinds={kind} option= place=0 offer=1 ;;" for kind, cases in by_kind.items()
    )


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
    local verb= root= place=0 skip= option= values= options= kinds= kind= offer= part
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
    case $verb:$option in
        :--root) kinds=folders option= offer=1 ;;
%(offers)s
    esac
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
        "offers": _offer_cases(words),
        "top": "--help --version --root",
    }


_LISTS = ("queries", "fields", "columns", "sorts", "metrics", "params", "states")
"""Kinds of which one word is not the end: no space is put behind them."""


def _parts(words: list[Words]) -> dict[str, str]:
    verbs = " ".join(word.verb for word in words)
    return {"shared": _shared(words).rstrip(), "verbs": verbs, "lists": "|".join(_LISTS)}


_BASH = """\
# Completion of exparse for bash 3.2 or newer: eval "$(exparse completion bash)"
_exparse() {
    # COMP_WORDS is torn at colons and the like, so the line itself is read.
    local line=${COMP_LINE:0:COMP_POINT} current= quote= char= at word
    local -a before
    before=()
    for ((at = 0; at < ${#line}; at++)); do
        char=${line:at:1}
        if [ -n "$quote" ]; then
            if [ "$char" = "$quote" ]; then quote=; else current+=$char; fi
        elif [ "$char" = \\" ] || [ "$char" = \\' ]; then
            quote=$char
        elif [ "$char" = \\\\ ]; then
            at=$((at + 1)) current+=${line:at:1}
        elif [[ $char == [[:space:]] ]]; then
            [ -n "$current" ] && before+=("$current")
            current=
        else
            current+=$char
        fi
    done
    before=("${before[@]:1}")
    if [[ $current == --*=* ]]; then
        before+=("${current%%%%=*}") current=${current#*=}
    fi
%(shared)s
    COMPREPLY=()
    if [ "$kinds" = folders ] || [ "$kinds" = files ]; then
        local IFS=$'\\n' flag=-d
        [ "$kinds" = files ] && flag=-f
        COMPREPLY=($(compgen $flag -- "$current"))
        return
    elif [ -n "$values" ]; then
        COMPREPLY=($(compgen -W "$values" -- "$current"))
    elif [ -n "$option" ]; then
        return
    elif [ -z "$offer" ] && [ "${current:0:1}" = - ]; then
        COMPREPLY=($(compgen -W "$options" -- "$current"))
    elif [ -z "$offer$verb" ]; then
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
        case $kind in %(lists)s) compopt -o nospace 2>/dev/null ;; esac
    fi
    # In quotes the whole of what they hold is put in.
    [ -n "$quote" ] && return
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
    return _BASH % _parts(words)


_ZSH = """\
#compdef exparse
# Completion of exparse for zsh: eval "$(exparse completion zsh)" after compinit
_exparse() {
    local current=${words[CURRENT]} found
    local -a before reply
    before=("${(@Q)words[2,CURRENT-1]}")
    [[ -n $compstate[quote] ]] && current=$PREFIX
    if [[ $current == --*=* ]]; then
        before+=("${current%%%%=*}") current=${current#*=}
        compset -P '*='
    fi
%(shared)s
    if [[ $kinds == folders ]]; then
        _files -/
    elif [[ $kinds == files ]]; then
        _files
    elif [[ -n $values ]]; then
        compadd -- ${=values}
    elif [[ -n $option ]]; then
        return 1
    elif [[ -z $offer && $current == -* ]]; then
        compadd -- ${=options}
    elif [[ -z $offer$verb ]]; then
        compadd -- %(verbs)s
    else
        for kind in ${=kinds}; do
            (( place <= 0 )) && break
            (( place -= 1 ))
        done
        [[ -n $kind ]] || return 1
        found=$(EXPARSE_ROOT=${root:-$EXPARSE_ROOT} exparse _complete "$kind" "$current" 2>/dev/null)
        reply=(${(f)found})
        # What needs no quotes of its own is put in as it is; within quotes the shell knows which it needs.
        case $kind in
            %(lists)s) compadd -S '' -- $reply ;;
            *) compadd -Q -- $reply ;;
        esac
    fi
}
compdef _exparse exparse
"""


def zsh(words: list[Words]) -> str:
    """Return the script for zsh."""
    return _ZSH % _parts(words)


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
    set -l current (string replace -r -- '^--[a-z-]+=' '' (commandline -ct) | string replace -r -- '^["\\']' '')
    EXPARSE_ROOT=$parsed[3] exparse _complete $argv[$at] "$current" 2>/dev/null
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
    "folders": "(__fish_complete_directories (commandline -ct))",
    "files": "(__fish_complete_path (commandline -ct))",
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
        kind = offered(word.verb, option)
        given = " ".join(values or ()) or (_FISH_OFFERS.get(kind, f"(__exparse_words {kind})") if kind else "")
        takes = "" if values is None else f" -x -a '{given}'"
        lines.append(f"{after} {form}{takes}")
    return lines


SCRIPTS: dict[str, Callable[[list[Words]], str]] = {"bash": bash, "fish": fish, "zsh": zsh}
