namespace TurkishLlm.Tokenization.Chat;

/// <summary>A conversation as tokens, with a loss mask.</summary>
/// <remarks>
/// The mask refers to the token itself, not to the position that predicts it: shift ids and mask together to get targets. Spec:
/// SFT-01, SFT-06.
/// </remarks>
public sealed class RenderedConversation
{
    internal RenderedConversation(
        IReadOnlyList<int> ids, IReadOnlyList<bool> lossMask,
        IReadOnlyList<RenderedSegment> segments) => (Ids, LossMask, Segments) = (ids, lossMask, segments);

    /// <summary>The token ids.</summary>
    public IReadOnlyList<int> Ids { get; }

    /// <summary>True for each token that is learned; the same length as <see cref="Ids"/>.</summary>
    public IReadOnlyList<bool> LossMask { get; }

    /// <summary>The segments of the tokens, in order and without gaps.</summary>
    public IReadOnlyList<RenderedSegment> Segments { get; }

    /// <summary>Number of learned tokens.</summary>
    public int SupervisedCount => LossMask.Count(isLearned => isLearned);
}

/// <summary>Consecutive tokens of one kind that were encoded together.</summary>
/// <param name="Kind">The kind of the tokens.</param>
/// <param name="MessageIndex">Index of the message; −1 for tokens that belong to no message.</param>
/// <param name="Start">Index of the first token.</param>
/// <param name="Count">Number of tokens.</param>
public readonly record struct RenderedSegment(SegmentKind Kind, int MessageIndex, int Start, int Count);

/// <summary>The kind of a segment of a rendered conversation.</summary>
public enum SegmentKind
{
    /// <summary>Special tokens, role names and the line ends after them.</summary>
    Control,

    /// <summary>The text of a message.</summary>
    Text,

    /// <summary>Retrieved context.</summary>
    Context,

    /// <summary>A tool call.</summary>
    ToolCall,

    /// <summary>The end of a turn.</summary>
    EndOfTurn,
}
