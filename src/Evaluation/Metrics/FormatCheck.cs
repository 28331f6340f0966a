using TurkishLlm.Inference.Chat;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Evaluation.Metrics;

/// <summary>Whether an answer has the form of one, whatever it says.</summary>
/// <param name="IsNonEmpty">It says something.</param>
/// <param name="EndsTurn">It ends by itself, with the end of its turn.</param>
/// <param name="HasNoOtherTurn">It does not speak for the user or anybody else, in tokens or in letters.</param>
/// <param name="HasNoControlTokens">No control token stands in it, by number or by name.</param>
/// <remarks>Spec: EVL-18. Source: report on fine-tuning, "How to evaluate SFT quality".</remarks>
public readonly record struct FormatCheck(bool IsNonEmpty, bool EndsTurn, bool HasNoOtherTurn, bool HasNoControlTokens)
{
    private static readonly string[] Turns = ["<|start_header_id|>", "<|im_start|>", "<|context|>", "<|tool_output|>"];

    /// <summary>All of it.</summary>
    public bool IsCompliant => IsNonEmpty && EndsTurn && HasNoOtherTurn && HasNoControlTokens;

    /// <param name="answer">What the model said.</param>
    public static FormatCheck Check(Answer answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        var text = answer.Text + answer.ToolCall;
        return new(
            IsNonEmpty: !string.IsNullOrWhiteSpace(text),
            EndsTurn: answer.FinishReason == FinishReason.EndOfTurn,
            HasNoOtherTurn: answer.FinishReason != FinishReason.OtherTurn && !Turns.Any(turn => text.Contains(turn, StringComparison.Ordinal)),
            HasNoControlTokens: answer.FinishReason is not (FinishReason.OtherTurn or FinishReason.ControlToken)
                && !SpecialTokens.Names.Append("<|im_end|>").Append("<|im_start|>").Any(name => text.Contains(name, StringComparison.Ordinal)));
    }
}
