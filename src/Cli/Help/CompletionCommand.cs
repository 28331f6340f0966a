using System.CommandLine;
using TurkishLlm.Cli.Terminal;

namespace TurkishLlm.Cli.Help;

/// <summary>
/// <c>turkishllm completion SHELL</c>: prints a script that completes commands and options of <c>turkishllm</c>.
/// </summary>
/// <remarks>The scripts call the <c>[suggest]</c> directive of System.CommandLine; other words are completed as files.</remarks>
internal static class CompletionCommand
{
    // Options are offered only after a hyphen, so that files can be completed in the place of arguments.
    private const string Bash = """
        # bash completion for turkishllm
        _turkishllm_complete() {
          local word=${COMP_WORDS[COMP_CWORD]} line=${COMP_LINE:0:COMP_POINT} suggestions
          line="turkishllm${line#"${COMP_WORDS[0]}"}"
          suggestions=$("${COMP_WORDS[0]}" "[suggest:${#line}]" "$line" 2>/dev/null)
          [[ $word == -* ]] || suggestions=$(grep -v '^[-/]' <<<"$suggestions")
          local IFS=$'\n'
          COMPREPLY=($(compgen -W "$suggestions" -- "$word"))
        }
        complete -o default -F _turkishllm_complete turkishllm
        """;

    private const string Zsh = """
        #compdef turkishllm
        # zsh completion for turkishllm
        _turkishllm() {
          local line="turkishllm${${BUFFER[1,CURSOR]}#${words[1]}}"
          local -a suggestions
          suggestions=("${(@f)$("${words[1]}" "[suggest:${#line}]" "$line" 2>/dev/null)}")
          [[ ${words[CURRENT]} == -* ]] || suggestions=("${(@)suggestions:#[-/]*}")
          suggestions=("${(@)suggestions:#}")
          if (( ${#suggestions} )); then compadd -a suggestions; else _files; fi
        }
        if [[ ${funcstack[1]} == _turkishllm ]]; then _turkishllm "$@"; else compdef _turkishllm turkishllm; fi
        """;

    private const string Fish = """
        # fish completion for turkishllm
        function __turkishllm_complete
          set -l line (commandline -cp)
          set -l suggestions (turkishllm "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null)
          if string match -q -- '-*' (commandline -ct)
            printf '%s\n' $suggestions
          else
            printf '%s\n' $suggestions | string match -rv '^[-/]'
          end
        end
        complete -c turkishllm -a '(__turkishllm_complete)'
        """;

    private const string PowerShell = """
        # PowerShell completion for turkishllm
        Register-ArgumentCompleter -Native -CommandName turkishllm -ScriptBlock {
          param($word, $commandAst, $position)
          $line = $commandAst.ToString()
          if ($line.Length -lt $position) { $line = $line.PadRight($position) }
          turkishllm "[suggest:$position]" "$line" 2>$null |
            Where-Object { $_ -like "$word*" -and ($word.StartsWith('-') -or $_ -notmatch '^[-/]') } |
            ForEach-Object { [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_) }
        }
        """;

    public static Command Create(Display display)
    {
        var shell = new Argument<string>("shell") { Description = "Shell: bash, zsh, fish or pwsh (PowerShell)." };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish", "pwsh");
        var command = new Command("completion", "Print a script that completes commands and options in a shell.") { shell };
        command.SetAction(parsed => display.Output.WriteLine(parsed.GetRequiredValue(shell) switch
        {
            "bash" => Bash,
            "zsh" => Zsh,
            "fish" => Fish,
            _ => PowerShell,
        }));
        return command;
    }
}
