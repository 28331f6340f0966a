using TurkishLlm.Inference.Chat;
using TurkishLlm.Inference.Generation;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Inference.Tools;

/// <summary>A chat model that answers with tools, for evaluation: the answer is the text after the last output.</summary>
/// <param name="model">The model. The caller disposes it.</param>
/// <param name="tools">Runs the tools.</param>
public sealed class ToolModel(ChatModel model, ToolLoop tools) : IAnswerModel
{
    private readonly List<ToolRun> _runs = [];

    /// <summary>All calls so far.</summary>
    public IReadOnlyList<ToolRun> Runs => _runs;

    /// <inheritdoc/>
    public int ContextLength => model.ContextLength;

    /// <inheritdoc/>
    public bool HasTurns => model.HasTurns;

    /// <inheritdoc/>
    public int GetAnswerBudget(int maxTokens) => model.GetAnswerBudget(maxTokens);

    /// <summary>Adds the tools to the system prompt, and shortens the context as <see cref="ChatModel"/> does.</summary>
    /// <inheritdoc/>
    public Conversation? FitToContext(Conversation conversation, int reservedTokens) => model.FitToContext(
        ToolPrompt.AddTools(conversation, model.Template.System, tools.Tools.Definitions), reservedTokens);

    /// <inheritdoc/>
    public int CountTokens(Conversation conversation, ChatMessage answer) => model.CountTokens(conversation, answer);

    /// <inheritdoc/>
    public IReadOnlyList<double> ComputeLosses(Conversation conversation, ChatMessage answer) =>
        model.ComputeLosses(conversation, answer);

    /// <inheritdoc/>
    public Answer Answer(Conversation conversation, SamplingOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        var reply = tools.RunAsync(
            conversation, options.MaxTokens,
            (asked, stop) => Task.FromResult(model.Answer(asked, options, cancellationToken: stop)), cancellationToken)
            .GetAwaiter().GetResult();
        _runs.AddRange(reply.Runs);
        return reply.Answer;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
