using TurkishLlm.Tokenization;

namespace TurkishLlm.Training;

/// <summary>Whether an answer has the form of one, whatever it says.</summary>
/// <param name="Answers">It says something.</param>
/// <param name="Stops">It ends by itself, with the end of its turn.</param>
/// <param name="NoOtherTurn">It does not speak for the user or anybody else, in tokens or in letters.</param>
/// <param name="NoControlTokens">No control token stands in it, by number or by name.</param>
/// <remarks>Spec: EVL-18. Source: report on fine-tuning, "How to evaluate SFT quality".</remarks>
public readonly record struct FormatCheck(bool Answers, bool Stops, bool NoOtherTurn, bool NoControlTokens)
{
    private static readonly string[] Turns = ["<|start_header_id|>", "<|im_start|>", "<|context|>", "<|tool_output|>"];

    /// <summary>All of it.</summary>
    public bool IsCompliant => Answers && Stops && NoOtherTurn && NoControlTokens;

    /// <param name="answer">What the model said.</param>
    public static FormatCheck Of(Answer answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        var text = answer.Text + answer.ToolCall;
        return new(
            Answers: !string.IsNullOrWhiteSpace(text),
            Stops: answer.Ending == AnswerEnding.EndOfTurn,
            NoOtherTurn: answer.Ending != AnswerEnding.OtherTurn && !Turns.Any(turn => text.Contains(turn, StringComparison.Ordinal)),
            NoControlTokens: answer.Ending is not (AnswerEnding.OtherTurn or AnswerEnding.ControlToken)
                && !SpecialTokens.Names.Append("<|im_end|>").Append("<|im_start|>").Any(name => text.Contains(name, StringComparison.Ordinal)));
    }
}
