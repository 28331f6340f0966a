using TurkishLlm.Cli.Chat;
using TurkishLlm.Model;

namespace TurkishLlm.Cli.Options;

/// <summary>Reads a text that is an argument, or standard input if the argument is missing or a hyphen.</summary>
internal static class InputText
{
    /// <summary>Last sentence of the help of such arguments.</summary>
    public const string Description = "Without it, or for -, standard input is read, without its last line break.";

    /// <summary>Returns the text.</summary>
    /// <param name="argument">The argument; null if it is missing.</param>
    /// <param name="input">Standard input.</param>
    /// <param name="missing">Text if the argument is missing and nothing is piped; null to refuse that.</param>
    /// <param name="name">Name of the argument in errors.</param>
    /// <exception cref="ConfigurationException">There is no text.</exception>
    /// <exception cref="InvalidDataException">Standard input is not UTF-8 or UTF-16.</exception>
    public static string Read(string? argument, ChatTerminal input, string? missing, string name)
    {
        if (argument is not null and not "-") return argument;
        if (argument is null && !input.IsRedirected)
            return missing ?? throw new ConfigurationException($"{name} is missing. Give it as an argument or through a pipe.");
        var text = input.Input.ReadToEnd();
        return text.EndsWith("\r\n", StringComparison.Ordinal) ? text[..^2]
            : text.EndsWith('\n') ? text[..^1]
            : text;
    }
}
