using TurkishLlm.Inference.Chat;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Evaluation.Metrics;

/// <summary>Checks the form of an answer, regardless of its content.</summary>
/// <param name="IsNonEmpty">The answer has text.</param>
/// <param name="EndsTurn">The model ended its turn.</param>
/// <param name="HasNoOtherTurn">The answer does not start the turn of another role, in tokens or in text.</param>
/// <param name="HasNoControlTokens">The answer contains no control token, as an id or as text.</param>
/// <remarks>Spec: EVL-18. Source: report on fine-tuning, "How to evaluate SFT quality".</remarks>
public readonly record struct FormatCheck(bool IsNonEmpty, bool EndsTurn, bool HasNoOtherTurn, bool HasNoControlTokens)
{
    private static readonly string[] Turns = ["<|start_header_id|>", "<|im_start|>", "<|context|>", "<|tool_output|>"];

    /// <summary>True if all checks pass.</summary>
    public bool IsCompliant => IsNonEmpty && EndsTurn && HasNoOtherTurn && HasNoControlTokens;

    /// <param name="answer">The answer of the model.</param>
    public static FormatCheck Check(Answer answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        var text = answer.Text + answer.ToolCall;
        return new(
            IsNonEmpty: !string.IsNullOrWhiteSpace(text),
            EndsTurn: answer.FinishReason == FinishReason.EndOfTurn,
            HasNoOtherTurn: answer.FinishReason != FinishReason.OtherTurn
                && !Turns.Any(turn => text.Contains(turn, StringComparison.Ordinal)),
            HasNoControlTokens: answer.FinishReason is not (FinishReason.OtherTurn or FinishReason.ControlToken)
                && !SpecialTokens
                    .Names.Append("<|im_end|>")
                    .Append("<|im_start|>")
                    .Any(name => text.Contains(name, StringComparison.Ordinal)));
    }
}
