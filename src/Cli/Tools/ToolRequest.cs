using TurkishLlm.Inference.Tools;
using TurkishLlm.Model;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Cli.Tools;

/// <summary>The tools that a command offers to a model.</summary>
/// <param name="Names">Names of built-in tools.</param>
/// <param name="Servers">Commands of MCP servers: a program and its arguments.</param>
/// <param name="Limits">Limits of an answer.</param>
internal sealed record ToolRequest(
    IReadOnlyList<string> Names, IReadOnlyList<IReadOnlyList<string>> Servers, ToolLimits Limits)
{
    /// <summary>Names of the built-in tools.</summary>
    public static IReadOnlyList<string> BuiltIn { get; } = ["calculator", "date", "search"];

    /// <summary>True if no tool is offered.</summary>
    public bool IsEmpty => Names.Count + Servers.Count == 0;

    /// <summary>True if the model searches the documentation itself, so that no passages are added to its questions.</summary>
    public bool HasSearch => Names.Contains("search");

    /// <summary>Creates the tools.</summary>
    /// <param name="search">Searches the documentation; null for none.</param>
    /// <param name="others">Tools of servers.</param>
    /// <exception cref="ConfigurationException">Two tools have the same name, or a server describes one wrongly.</exception>
    public ToolSet CreateTools(Func<string, IReadOnlyList<string>>? search, IReadOnlyList<ITool> others)
    {
        try
        {
            return new([.. Names.Select(name => CreateTool(name, search, TimeProvider.System)), .. others]);
        }
        catch (ArgumentException error)
        {
            throw new ConfigurationException($"--mcp: {error.Message.Split(" (Parameter", 2)[0]}");
        }
    }

    /// <summary>Creates a loop that runs the tools; null for none.</summary>
    /// <param name="template">The template of the model.</param>
    /// <param name="tokenizer">The tokenizer of the model.</param>
    /// <param name="contextLength">Length of the model's context, in tokens.</param>
    /// <param name="search">Searches the documentation; null for none.</param>
    /// <param name="others">Tools of servers.</param>
    public ToolLoop? CreateLoop(
        ChatTemplate template, Tokenizer tokenizer, int contextLength, Func<string, IReadOnlyList<string>>? search,
        IReadOnlyList<ITool> others) =>
        IsEmpty ? null
            : new(CreateTools(search, others), template, tokenizer, contextLength, Limits, TimeProvider.System);

    private static ITool CreateTool(string name, Func<string, IReadOnlyList<string>>? search, TimeProvider clock) => name switch
    {
        "calculator" => new CalculatorTool(),
        "date" => new DateTool(clock),
        _ => new SearchTool(search ?? throw new InvalidOperationException("The search has no documentation.")),
    };
}
