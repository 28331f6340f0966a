using TurkishLlm.Inference.Chat;
using TurkishLlm.Inference.Tools;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Spec.Tools;

/// <summary>A tool that records its calls.</summary>
/// <param name="name">Its name.</param>
/// <param name="run">Returns the output for the arguments.</param>
internal sealed class RecordingTool(string name, Func<string, Task<string>> run) : ITool
{
    private readonly List<string> _calls = [];

    /// <summary>The arguments of all calls.</summary>
    public IReadOnlyList<string> Calls => _calls;

    public string Name => name;

    public string Description => "Sınama aracı.";

    public string ArgumentSchema => """{"type":"object"}""";

    public Task<string> InvokeAsync(ToolArguments arguments, CancellationToken cancellationToken)
    {
        _calls.Add(arguments.ToString());
        return run(arguments.ToString());
    }
}

/// <summary>Runs the loop on answers that are given.</summary>
internal static class ScriptedAnswers
{
    public const int ContextLength = 4096, MaxTokens = 64;

    /// <summary>Creates an answer that ends its turn.</summary>
    public static Answer Create(string text, string? call, Conditions at, FinishReason reason = FinishReason.EndOfTurn) =>
        new(text, reason, [.. at.Tokenizer.EncodeToIds(text)]) { ToolCall = call };

    /// <summary>Runs the loop.</summary>
    /// <param name="at">The conditions.</param>
    /// <param name="tool">The tool.</param>
    /// <param name="question">The question.</param>
    /// <param name="next">Returns the answer of a turn, counted from 0.</param>
    /// <param name="limits">The limits; null for ten minutes per call, so that no load makes a tool fail.</param>
    /// <returns>The answer, and the tokens that the model reads in each turn.</returns>
    public static (ToolAnswer Answer, IReadOnlyList<IReadOnlyList<int>> Prompts) Run(
        Conditions at, ITool tool, string question, Func<int, Answer> next, ToolLimits? limits = null)
    {
        var template = new ChatTemplate(at.Tokenizer);
        var loop = new ToolLoop(
            new(tool), template, at.Tokenizer, ContextLength, limits ?? new() { Timeout = TimeSpan.FromMinutes(10) },
            TimeProvider.System);
        var prompts = new List<IReadOnlyList<int>>();
        var answer = loop.RunAsync(
            new(ChatMessage.User(question)), MaxTokens,
            (asked, _) =>
            {
                prompts.Add(template.RenderPrompt(asked));
                return Task.FromResult(next(prompts.Count - 1));
            },
            CancellationToken.None).GetAwaiter().GetResult();
        return (answer, prompts);
    }
}
