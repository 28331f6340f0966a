using TurkishLlm.Data;

namespace TurkishLlm.Training;

/// <summary>Whether an answer says that it is not known.</summary>
/// <remarks>Spec: EVL-20. Source: reference report on fine-tuning, section 14, task of the second generation.</remarks>
public static class Refusal
{
    /// <summary>What models are trained to say.</summary>
    public const string Usual = "Bu konuda bilgim yok";

    /// <summary>True where the words of a refusal stand in an answer as a run.</summary>
    public static bool Is(string answer, string refusal) => TurkishWords.Contains(TurkishWords.Of(answer), TurkishWords.Of(refusal));
}
