using TurkishLlm.Cli.Terminal;
using TurkishLlm.Cli.Tools;
using TurkishLlm.Inference.Chat;
using TurkishLlm.Inference.Tools;
using TurkishLlm.Model;

namespace TurkishLlm.Cli.Evaluation;

/// <summary>The tools of an evaluation.</summary>
/// <param name="request">The tools and their limits.</param>
/// <param name="others">Tools of servers.</param>
/// <param name="docs">Documentation to search; null for none.</param>
/// <param name="passages">Maximum number of passages per search.</param>
internal sealed class EvaluationTools(
    ToolRequest request, IReadOnlyList<ITool> others, string? docs, int passages)
{
    /// <summary>Gives a model the tools.</summary>
    /// <param name="model">The model.</param>
    /// <param name="name">Its path, for the error.</param>
    /// <param name="maxTokens">Maximum length of an answer, in tokens.</param>
    /// <exception cref="ConfigurationException">The model has no chat template.</exception>
    public ToolModel Apply(IAnswerModel model, string name, int maxTokens)
    {
        if (model is not ChatModel chat)
            throw new ConfigurationException(
                $"--tools needs a model with a chat template, and {Format.RelativePaths(name)} has none. Fine-tune it on "
                    + "conversations first.");
        var search = request.HasSearch
            ? DocumentationSearch.Open(docs!, chat, maxTokens, passages, request.Limits.MaxOutputTokens)
            : null;
        return new(
            chat,
            request.CreateLoop(
                chat.Template, chat.Tokenizer, chat.ContextLength, search is null ? null : search.Find, others)!);
    }

    /// <summary>Summarizes the calls of an evaluation.</summary>
    public static string Describe(IReadOnlyList<ToolRun> runs)
    {
        var failed = runs.Count(run => run.Outcome is not (ToolOutcome.Completed or ToolOutcome.Truncated));
        return $"tools: {Format.Count(runs.Count, "call")}, {Format.Count(failed)} without a result";
    }
}
