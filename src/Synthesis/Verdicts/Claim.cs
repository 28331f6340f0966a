using TurkishLlm.Synthesis.Documentation;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Synthesis.Verdicts;

/// <summary>A sentence or list item of an answer with the parts that are traced.</summary>
internal sealed class Claim
{
    public Claim(string text)
    {
        Text = text;
        Facts = TurkishLlm.Synthesis.Verdicts.Facts.Extract(text).ToHashSet(StringComparer.Ordinal);
        Names = FindNames(text).ToHashSet(StringComparer.Ordinal);
        Stems = Stemmer.Extract(text).ToHashSet(StringComparer.Ordinal);
    }

    public string Text { get; }

    /// <summary>Its numbers and codes.</summary>
    public HashSet<string> Facts { get; }

    /// <summary>The stems of its names.</summary>
    public HashSet<string> Names { get; }

    /// <summary>The stems of its content words.</summary>
    public HashSet<string> Stems { get; }

    /// <summary>True if the text has too little content to be traced.</summary>
    public bool IsEmpty => Facts.Count == 0 && Stems.Count <= 1;

    // A capitalized word that is not the first of the claim is a name.
    private static IEnumerable<string> FindNames(string text)
    {
        foreach (var word in Words.Split(text).Skip(1))
        {
            if (word.Length <= 1 || !char.IsUpper(word[0]) || !char.IsLower(word[1])) continue;
            var lower = TurkishCase.ToLower(word);
            if (!Stemmer.IsFunctionWord(lower)) yield return Stemmer.GetStem(lower);
        }
    }
}
