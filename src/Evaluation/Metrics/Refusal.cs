using TurkishLlm.Data.Corpus;

namespace TurkishLlm.Evaluation.Metrics;

/// <summary>Detects refusals: answers that say that the answer is not known.</summary>
/// <remarks>Spec: EVL-20. Source: reference report on fine-tuning, section 14, task of the second generation.</remarks>
public static class Refusal
{
    /// <summary>The refusal that models are trained to give.</summary>
    public const string DefaultText = "Bu konuda bilgim yok";

    /// <summary>Returns true if the words of a refusal are contiguous in an answer.</summary>
    public static bool IsRefusal(string answer, string refusal) =>
        TurkishWords.Contains(TurkishWords.Split(answer), TurkishWords.Split(refusal));
}
