using System.CommandLine;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Cli.Options;

/// <summary>The option <c>--chat-template</c>.</summary>
internal static class ChatTemplateOption
{
    /// <summary>Creates the option.</summary>
    /// <param name="description">What is rendered, and the default.</param>
    public static Option<string> Create(string description)
    {
        var option = new Option<string>("--chat-template") { Description = description, HelpName = "name" };
        option.AcceptOnlyFromAmong([.. ChatFormat.All.Select(format => format.Name)]);
        return option;
    }

    /// <summary>Returns the format that was selected; null for none.</summary>
    public static ChatFormat? Find(ParseResult parsed, Option<string> option) =>
        parsed.GetValue(option) is { } name ? ChatFormat.Find(name) : null;
}
