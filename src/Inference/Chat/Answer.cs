namespace TurkishLlm.Inference.Chat;

/// <summary>The answer of a model.</summary>
/// <param name="Text">The text.</param>
/// <param name="FinishReason">Why generation ended.</param>
/// <param name="TokenIds">The generated tokens, without the one that ended the answer.</param>
public sealed record Answer(string Text, FinishReason FinishReason, IReadOnlyList<int> TokenIds)
{
    /// <summary>The tool call after the text; null for none.</summary>
    public string? ToolCall { get; init; }

    /// <summary>The token that ended the answer, such as the end of the turn; null if none did.</summary>
    public int? EndId { get; init; }

    /// <summary>True unless the answer was cut off.</summary>
    public bool IsComplete =>
        FinishReason is FinishReason.EndOfTurn or FinishReason.EndOfText or FinishReason.StopSequence;
}

/// <summary>The reason why an answer ended.</summary>
public enum FinishReason
{
    /// <summary>The model ended its turn.</summary>
    EndOfTurn,

    /// <summary>The model ended the text that it continued.</summary>
    EndOfText,

    /// <summary>A stop sequence occurred.</summary>
    StopSequence,

    /// <summary>The token limit or the end of the context was reached.</summary>
    Length,

    /// <summary>The model began the turn of another role.</summary>
    OtherTurn,

    /// <summary>The model generated a control token that is not allowed in an answer.</summary>
    ControlToken,

    /// <summary>The caller canceled.</summary>
    Cancelled,
}
