using System.Globalization;
using TurkishLlm.Data.Batches;
using TurkishLlm.Spec.Tokenization;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Spec.Data;

/// <summary>Documents, copies of them with a few words changed, and documents with the same beginning.</summary>
/// <param name="Different">Number of each.</param>
/// <param name="Words">Words of a document.</param>
/// <param name="ChangedWords">Words that differ in a copy.</param>
/// <param name="Sources">Number of sources that the documents come from.</param>
public sealed record NearDuplicateCase(int Different, int Words, int ChangedWords, int Sources = 1)
{
    internal (IReadOnlyList<string> Different, IReadOnlyList<string> Near, IReadOnlyList<string> Sharing) Documents(long seed)
    {
        var different = Enumerable.Range(0, Different).Select(i => RandomText.Generate(seed, i, Words)).ToArray();
        return (
            different,
            [.. different.Select(text => RandomText.WithChangedWords(text, ChangedWords))],
            [
                .. different.Select(
                    (text, i) =>
                        string.Join(' ', text.Split(' ').Take(Words / 5))
                        + " "
                        + RandomText.Generate(seed, Different + i, Words * 4 / 5)),
            ]);
    }
}

/// <summary>
/// Documents some of which contain a question of an evaluation file, or its end, with other letter case and punctuation, after
/// their beginning. Some documents and some questions are in decomposed form, not always the same ones.
/// </summary>
/// <param name="Different">Documents without one.</param>
/// <param name="Words">Words of a document.</param>
/// <param name="Leaked">Documents with one, at least 2: there are two evaluation files.</param>
/// <param name="Sources">Number of sources that the documents come from.</param>
public sealed record ContaminationCase(int Different, int Words, int Leaked, int Sources = 1)
{
    internal (IReadOnlyList<string> Clean, IReadOnlyList<string> Leaked, IReadOnlyList<string> Questions) Documents(long seed)
    {
        // Every question has letters that can be decomposed.
        var questions = Enumerable.Range(0, Leaked).Select(i => $"{RandomText.Generate(seed + 1, i, 7)} öğüt çığır "
            + $"{RandomText.Generate(seed + 4, i, 7)}?").ToArray();
        return (
            [.. Enumerable.Range(0, Different).Select(i => RandomText.Generate(seed, i, Words))],
            [
                .. questions.Select((question, i) => Decompose(i / 4 % 2 == 1, RandomText.Generate(seed + 2, i, Words)
                    + ".\n"
                    + TurkishCase
                        .ToUpper(i % 2 == 0 ? question : EndOf(question))
                        .Replace(" ", ", ", StringComparison.Ordinal)
                    + " "
                    + RandomText.Generate(seed + 3, i, 8))),
            ],
            [.. questions.Select((question, i) => Decompose(i / 2 % 2 == 1, question))]);
    }

    // Still longer than a run of words, but without the beginning.
    private static string EndOf(string question) => string.Join(' ', question.Split(' ').Skip(2));

    private static string Decompose(bool decomposed, string text) =>
        decomposed ? TextRewrites.Decompose(text) : text;
}

/// <summary>Two sources of different documents.</summary>
/// <param name="FirstDocuments">Documents of the first.</param>
/// <param name="SecondDocuments">Documents of the second.</param>
/// <param name="First">Weight of the first.</param>
/// <param name="Second">Weight of the second.</param>
public sealed record MixtureWeightCase(int FirstDocuments, int SecondDocuments, double First, double Second)
{
    internal (IReadOnlyList<string> First, IReadOnlyList<string> Second) Documents(long seed) => (
        [.. Enumerable.Range(0, FirstDocuments).Select(i => RandomText.Generate(seed, i, 20 + i % 7))],
        [.. Enumerable.Range(FirstDocuments, SecondDocuments).Select(i => RandomText.Generate(seed, i, 30 + i % 5))]);
}

/// <summary>Pairs of texts of about one similarity.</summary>
/// <param name="Count">Pairs.</param>
/// <param name="Words">Words of a text.</param>
/// <param name="Similarity">About the Jaccard similarity of their sets of five words.</param>
public sealed record SimilarityCase(int Count, int Words, double Similarity)
{
    internal IEnumerable<(string A, string B)> Pairs(long seed)
    {
        // A changed word changes five runs of five words: (n − 5m) / (n + 5m) of all runs are shared.
        var changed = (int)Math.Round(Words * (1 - Similarity) / (5 * (1 + Similarity)));
        return Enumerable
            .Range(0, Count)
            .Select(i => RandomText.Generate(seed, i, Words))
            .Select(text => (text, RandomText.WithChangedWords(text, changed)));
    }

    internal static double ExactSimilarity(string a, string b) => ExactSimilarity(WordNGrams(a, 5), WordNGrams(b, 5));

    internal static double ExactSimilarity(HashSet<string> a, HashSet<string> b) =>
        a.Intersect(b).Count() / (double)a.Union(b).Count();

    internal static HashSet<string> Shingles(string text) => WordNGrams(text, 5);

    internal static HashSet<string> WordNGrams(string text, int words)
    {
        var all = TurkishCase.ToLower(text).Split([' ', ',', '.', '?', '\n'], StringSplitOptions.RemoveEmptyEntries);
        return [.. Enumerable.Range(0, Math.Max(0, all.Length - words + 1)).Select(i => string.Join(' ', all[i..(i + words)]))];
    }
}

/// <summary>Texts of words drawn from a seed.</summary>
internal static class RandomText
{
    private static readonly string[] Stems =
    [
        "kablo", "ışık", "şoför", "çiçek", "öğrenci", "ağaç", "fabrika", "yağmur", "güneş", "çarşı", "ölçü", "masa",
    ];
    private static readonly string[] Suffixes = ["", "lar", "dan", "nın", "a", "sız", "daki", "ca"];

    public static string Generate(long seed, int number, int words) => string.Join(' ', Enumerable.Range(0, words).Select(i =>
    {
        var drawn = CounterRandom.GetInt64(seed, number, i, Stems.Length * Suffixes.Length * 30);
        return Stems[drawn % Stems.Length] + Suffixes[drawn / Stems.Length % Suffixes.Length]
            + (drawn / Stems.Length / Suffixes.Length).ToString(CultureInfo.InvariantCulture);
    }));

    /// <summary>Changes some words of a text, spread over its second half, or over all of it if they are many.</summary>
    public static string WithChangedWords(string text, int words)
    {
        var all = text.Split(' ');
        var from = words * 20 < all.Length ? all.Length / 2 : 0;
        for (var i = 0; i < words; i++) all[from + i * (all.Length - from) / words] += "x";
        return string.Join(' ', all);
    }
}
