namespace TurkishLlm.Tokenization.Chat;

/// <summary>A conversation as the model reads it, with a mark on every token it is to learn.</summary>
/// <remarks>
/// The mark belongs to the token itself, not to the place that predicts it: who makes targets of it shifts ids and marks
/// together. Spec: SFT-01, SFT-06.
/// </remarks>
public sealed class RenderedConversation
{
    internal RenderedConversation(IReadOnlyList<int> ids, IReadOnlyList<bool> lossMask, IReadOnlyList<RenderedSegment> segments) =>
        (Ids, LossMask, Segments) = (ids, lossMask, segments);

    /// <summary>The tokens.</summary>
    public IReadOnlyList<int> Ids { get; }

    /// <summary>True for each token that is learned; as many as <see cref="Ids"/>.</summary>
    public IReadOnlyList<bool> LossMask { get; }

    /// <summary>What the tokens are, in order and without gaps.</summary>
    public IReadOnlyList<RenderedSegment> Segments { get; }

    /// <summary>How many tokens are learned.</summary>
    public int SupervisedCount => LossMask.Count(marked => marked);
}

/// <summary>Tokens of one kind that were encoded on their own.</summary>
/// <param name="Kind">What they are.</param>
/// <param name="MessageIndex">Number of the message, from 0; −1 for what belongs to none.</param>
/// <param name="Start">First token.</param>
/// <param name="Count">How many.</param>
public readonly record struct RenderedSegment(SegmentKind Kind, int MessageIndex, int Start, int Count);

/// <summary>What the tokens of a rendered conversation are.</summary>
public enum SegmentKind
{
    /// <summary>Special tokens, names of roles and the line ends behind them.</summary>
    Control,

    /// <summary>The text of a turn.</summary>
    Text,

    /// <summary>Retrieved context.</summary>
    Context,

    /// <summary>What the model asks of a tool.</summary>
    ToolCall,

    /// <summary>The end of a turn.</summary>
    EndOfTurn,
}
