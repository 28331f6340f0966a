using TurkishLlm.Data.Retrieval;

namespace TurkishLlm.Evaluation.Rewards;

/// <summary>The part of an answer that is compared word by word.</summary>
internal static class ComparedText
{
    /// <summary>Returns a text without citations, if the question has passages to cite.</summary>
    public static string Create(AnsweredQuestion sample, string text) =>
        sample.Passages.Count > 0 ? Citation.Remove(text) : text;
}
