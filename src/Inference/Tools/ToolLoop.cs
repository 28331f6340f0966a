using TurkishLlm.Data.Conversations;
using TurkishLlm.Data.Retrieval;
using TurkishLlm.Inference.Chat;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Inference.Tools;

/// <summary>
/// Answers with tools: when the model calls a tool and ends its turn, the tool runs, its output becomes the next message, and the
/// model continues, until it answers without a call.
/// </summary>
/// <remarks>
/// After each call the conversation is rendered again, as training renders it, so the model never reads its own spelling of a
/// call. May be used for several answers at once. Source: nanochat, engine.py. Spec:
/// TOOL-01, TOOL-02, TOOL-03, TOOL-04, TOOL-05.
/// </remarks>
public sealed class ToolLoop
{
    /// <summary>Smallest room for an output, in tokens; with less, no tool is run.</summary>
    public const int MinOutputTokens = 16;

    private readonly ChatTemplate _template;
    private readonly Tokenizer _tokenizer;
    private readonly int _contextLength;
    private readonly ToolLimits _limits;
    private readonly ToolRunner _runner;

    /// <param name="tools">The tools.</param>
    /// <param name="template">The template of the model.</param>
    /// <param name="tokenizer">The tokenizer of the template.</param>
    /// <param name="contextLength">Length of the model's context, in tokens.</param>
    /// <param name="limits">Limits of an answer.</param>
    /// <param name="clock">Measures the time limit.</param>
    /// <exception cref="TurkishLlm.Model.ConfigurationException">A limit is out of range.</exception>
    public ToolLoop(
        ToolSet tools, ChatTemplate template, Tokenizer tokenizer, int contextLength, ToolLimits limits, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(tools);
        ArgumentNullException.ThrowIfNull(template);
        ArgumentNullException.ThrowIfNull(limits);
        limits.Validate();
        (Tools, _template, _tokenizer, _contextLength, _limits) = (tools, template, tokenizer, contextLength, limits);
        _runner = new(tools, limits, clock);
    }

    /// <summary>The tools.</summary>
    public ToolSet Tools { get; }

    /// <summary>Names of tools that the client runs itself: a call of one ends the answer.</summary>
    public IReadOnlySet<string> ClientTools { get; init; } = new HashSet<string>();

    /// <summary>Answers a conversation.</summary>
    /// <param name="conversation">The conversation, with the definitions of the tools; see <see cref="ToolPrompt"/>.</param>
    /// <param name="maxTokens">Maximum number of tokens of each turn of the model.</param>
    /// <param name="answerTurn">Generates a turn.</param>
    /// <param name="cancellationToken">Ends the answer; a tool that is running is abandoned.</param>
    public async Task<ToolAnswer> RunAsync(
        Conversation conversation, int maxTokens, AnswerTurn answerTurn, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(conversation);
        ArgumentNullException.ThrowIfNull(answerTurn);
        var (runs, generated) = (new List<ToolRun>(), 0);
        while (true)
        {
            var answer = await answerTurn(conversation, cancellationToken).ConfigureAwait(false);
            generated += answer.TokenIds.Count;
            var ending = FindEnding(answer, runs);
            var (called, room) = ending is null ? AddCall(conversation, answer, maxTokens) : (conversation, 0);
            if (ending is null && room < MinOutputTokens) ending = ToolEnding.ContextFull;
            var run = ending is null
                ? await TryRunAsync(answer.ToolCall!, runs.Count, cancellationToken).ConfigureAwait(false)
                : null;
            if (run is null)
                return new(
                    ending is null ? answer with { FinishReason = FinishReason.Cancelled } : answer, conversation, runs,
                    ending ?? ToolEnding.Canceled)
                {
                    GeneratedTokens = generated,
                };
            run = Fit(run, Math.Min(room, _limits.MaxOutputTokens));
            runs.Add(run);
            conversation = called.Append(ChatMessage.Tool(run.Output));
        }
    }

    // Null for a call that runs. A call counts only if the model ended its turn after it.
    private ToolEnding? FindEnding(Answer answer, List<ToolRun> runs)
    {
        if (answer.ToolCall is not { } text) return ToolEnding.Answered;
        if (answer.FinishReason != FinishReason.EndOfTurn || string.IsNullOrWhiteSpace(text)) return ToolEnding.CallCut;
        if (ToolCall.TryParse(text) is { } call && ClientTools.Contains(call.Name)) return ToolEnding.ClientTool;
        return runs.Count > _limits.MaxCalls ? ToolEnding.TooManyCalls : null;
    }

    private (Conversation Conversation, int Room) AddCall(Conversation conversation, Answer answer, int maxTokens)
    {
        var called = conversation.Append(ChatMessage.Assistant(answer.Text, ToolCallText.Normalize(answer.ToolCall!)));
        var used = _template.RenderPrompt(called.Append(ChatMessage.Tool(""))).Count;
        return (called, _contextLength - RetrievalBudget.GetReservedTokens(_contextLength, maxTokens) - used);
    }

    // Null if the caller canceled.
    private async Task<ToolRun?> TryRunAsync(string call, int earlier, CancellationToken cancellationToken)
    {
        if (earlier >= _limits.MaxCalls)
        {
            var read = ToolCall.TryParse(call);
            return new(
                read?.Name ?? "", read?.Arguments ?? call, ToolErrors.TooManyCalls(_limits.MaxCalls), ToolOutcome.TooManyCalls);
        }
        try
        {
            return await _runner.RunAsync(call, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    private ToolRun Fit(ToolRun run, int maxTokens)
    {
        var (text, isCut) = ToolOutputText.Fit(run.Output, _tokenizer, maxTokens);
        return run with
        {
            Output = text,
            Outcome = isCut && run.Outcome == ToolOutcome.Completed ? ToolOutcome.Truncated : run.Outcome,
        };
    }
}
