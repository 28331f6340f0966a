using System.Text.RegularExpressions;

namespace TurkishLlm.Cli.Terminal;

/// <summary>Names the program in messages as the user called it, so that their commands can be pasted.</summary>
/// <remarks>Messages of the libraries, and files that outlive the process, say <c>turkishllm COMMAND</c>.</remarks>
public static partial class CommandName
{
    /// <summary>Replaces <c>turkishllm</c> in front of a command.</summary>
    /// <param name="text">A message.</param>
    /// <param name="program">Command with which the user runs the program, such as <c>./run cli</c>.</param>
    public static string Adapt(string text, string program) => program == "turkishllm"
        ? text
        : Invocation().Replace(text, program.Replace("$", "$$", StringComparison.Ordinal));

    [GeneratedRegex(
        @"(?<![\w./\\-])turkishllm(?= (demo|tokenizer|data|pipeline|train|launch|evaluate|task|reward|generate|chat|serve|runs"
        + @"|checkpoint|synth|preference|spec|memory|doctor|completion|version)\b)")]
    private static partial Regex Invocation();
}
