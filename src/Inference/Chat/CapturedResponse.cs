namespace TurkishLlm.Inference.Chat;

/// <summary>What a model said when it was asked.</summary>
/// <param name="Text">What it said.</param>
/// <param name="FinishReason">Why it said no more.</param>
/// <param name="TokenIds">The tokens it chose, without the one that ended the answer.</param>
public sealed record Answer(string Text, FinishReason FinishReason, IReadOnlyList<int> TokenIds)
{
    /// <summary>What it asked a tool for behind the text; null for nothing.</summary>
    public string? ToolCall { get; init; }

    /// <summary>True where the answer was not broken off.</summary>
    public bool IsComplete => FinishReason is FinishReason.EndOfTurn or FinishReason.StopSequence;
}

/// <summary>Why an answer ended.</summary>
public enum FinishReason
{
    /// <summary>The model closed its turn.</summary>
    EndOfTurn,

    /// <summary>A text came that answers are to end before.</summary>
    StopSequence,

    /// <summary>There was no room for another token.</summary>
    Length,

    /// <summary>The model began somebody else's turn.</summary>
    OtherTurn,

    /// <summary>The model wrote a control token that has no place in an answer.</summary>
    ControlToken,

    /// <summary>Whoever asked did not want to hear more.</summary>
    Cancelled,
}
