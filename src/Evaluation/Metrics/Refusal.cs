using TurkishLlm.Data.Corpus;

namespace TurkishLlm.Evaluation.Metrics;

/// <summary>Whether an answer says that it is not known.</summary>
/// <remarks>Spec: EVL-20. Source: reference report on fine-tuning, section 14, task of the second generation.</remarks>
public static class Refusal
{
    /// <summary>What models are trained to say.</summary>
    public const string DefaultText = "Bu konuda bilgim yok";

    /// <summary>True where the words of a refusal stand in an answer as a run.</summary>
    public static bool IsRefusal(string answer, string refusal) => TurkishWords.Contains(TurkishWords.Split(answer), TurkishWords.Split(refusal));
}
