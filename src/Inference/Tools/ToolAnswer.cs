using TurkishLlm.Inference.Chat;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Inference.Tools;

/// <summary>Generates an answer to a conversation.</summary>
/// <param name="conversation">A conversation that awaits an answer.</param>
/// <param name="cancellationToken">Ends the answer before the next token.</param>
public delegate Task<Answer> AnswerTurn(Conversation conversation, CancellationToken cancellationToken);

/// <summary>An answer and the tool calls that led to it.</summary>
/// <param name="Answer">The last answer of the model. Its <see cref="Chat.Answer.ToolCall"/> was not run.</param>
/// <param name="Conversation">What the model read: the question, calls and outputs.</param>
/// <param name="Runs">The calls, in order.</param>
/// <param name="Ending">Why the last call was not run.</param>
public sealed record ToolAnswer(
    Answer Answer, Conversation Conversation, IReadOnlyList<ToolRun> Runs, ToolEnding Ending = ToolEnding.Answered)
{
    /// <summary>Number of tokens of all turns.</summary>
    public int GeneratedTokens { get; init; } = Answer.TokenIds.Count;
}

/// <summary>The reason why no further tool is run.</summary>
public enum ToolEnding
{
    /// <summary>The model calls none.</summary>
    Answered,

    /// <summary>The call was cut off.</summary>
    CallCut,

    /// <summary>The caller canceled.</summary>
    Canceled,

    /// <summary>The model called tools more often than allowed, even after it had read so.</summary>
    TooManyCalls,

    /// <summary>The context has no room for an output and an answer.</summary>
    ContextFull,

    /// <summary>The call is for a tool of the client.</summary>
    ClientTool,
}
