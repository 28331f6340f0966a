using System.Globalization;
using TurkishLlm.Data;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Spec;

/// <summary>Documents, copies of them with a few words changed, and documents that begin as they do.</summary>
/// <param name="Different">Number of each.</param>
/// <param name="Words">Words of a document.</param>
/// <param name="ChangedWords">Words that differ in a copy.</param>
public sealed record NearCase(int Different, int Words, int ChangedWords)
{
    internal (IReadOnlyList<string> Different, IReadOnlyList<string> Near, IReadOnlyList<string> Sharing) Documents(long seed)
    {
        var different = Enumerable.Range(0, Different).Select(i => RandomText.Of(seed, i, Words)).ToArray();
        return (
            different,
            [.. different.Select(text => RandomText.Changed(text, ChangedWords))],
            [.. different.Select((text, i) => string.Join(' ', text.Split(' ').Take(Words / 5)) + " " + RandomText.Of(seed, Different + i, Words * 4 / 5))]);
    }
}

/// <summary>Documents some of which hold a question of an evaluation file, or its end, in other letters and punctuation, behind their beginning.</summary>
/// <param name="Different">Documents without one.</param>
/// <param name="Words">Words of a document.</param>
/// <param name="Leaked">Documents with one.</param>
public sealed record EvaluationCase(int Different, int Words, int Leaked)
{
    internal (IReadOnlyList<string> Clean, IReadOnlyList<string> Leaked, IReadOnlyList<string> Questions) Documents(long seed)
    {
        var questions = Enumerable.Range(0, Leaked).Select(i => RandomText.Of(seed + 1, i, 14) + "?").ToArray();
        return (
            [.. Enumerable.Range(0, Different).Select(i => RandomText.Of(seed, i, Words))],
            [.. questions.Select((question, i) => RandomText.Of(seed + 2, i, Words) + ".\n" + TurkishCase.Upper(i % 2 == 0 ? question : EndOf(question)).Replace(" ", ", ", StringComparison.Ordinal) + " " + RandomText.Of(seed + 3, i, 8))],
            questions);
    }

    // Still longer than a run of words, but without the beginning.
    private static string EndOf(string question) => string.Join(' ', question.Split(' ').Skip(2));
}

/// <summary>Two sources of different documents.</summary>
/// <param name="FirstDocuments">Documents of the first.</param>
/// <param name="SecondDocuments">Documents of the second.</param>
/// <param name="First">Weight of the first.</param>
/// <param name="Second">Weight of the second.</param>
public sealed record WeightCase(int FirstDocuments, int SecondDocuments, double First, double Second)
{
    internal (IReadOnlyList<string> First, IReadOnlyList<string> Second) Documents(long seed) => (
        [.. Enumerable.Range(0, FirstDocuments).Select(i => RandomText.Of(seed, i, 20 + i % 7))],
        [.. Enumerable.Range(FirstDocuments, SecondDocuments).Select(i => RandomText.Of(seed, i, 30 + i % 5))]);
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
        return Enumerable.Range(0, Count).Select(i => RandomText.Of(seed, i, Words)).Select(text => (text, RandomText.Changed(text, changed)));
    }

    internal static double Exact(string a, string b) => Exact(Runs(a, 5), Runs(b, 5));

    internal static double Exact(HashSet<string> a, HashSet<string> b) => a.Intersect(b).Count() / (double)a.Union(b).Count();

    internal static HashSet<string> Shingles(string text) => Runs(text, 5);

    internal static HashSet<string> Runs(string text, int words)
    {
        var all = TurkishCase.Lower(text).Split([' ', ',', '.', '?', '\n'], StringSplitOptions.RemoveEmptyEntries);
        return [.. Enumerable.Range(0, Math.Max(0, all.Length - words + 1)).Select(i => string.Join(' ', all[i..(i + words)]))];
    }
}

/// <summary>Texts of words drawn from a seed.</summary>
internal static class RandomText
{
    private static readonly string[] Stems = ["kablo", "ışık", "şoför", "çiçek", "öğrenci", "ağaç", "fabrika", "yağmur", "güneş", "çarşı", "ölçü", "masa"];
    private static readonly string[] Suffixes = ["", "lar", "dan", "nın", "a", "sız", "daki", "ca"];

    public static string Of(long seed, int number, int words) => string.Join(' ', Enumerable.Range(0, words).Select(i =>
    {
        var drawn = WindowPosition.Of(seed, number, i, Stems.Length * Suffixes.Length * 30);
        return Stems[drawn % Stems.Length] + Suffixes[drawn / Stems.Length % Suffixes.Length]
            + (drawn / Stems.Length / Suffixes.Length).ToString(CultureInfo.InvariantCulture);
    }));

    /// <summary>The text with some words changed, spread over its second half and, where they are many, over all of it.</summary>
    public static string Changed(string text, int words)
    {
        var all = text.Split(' ');
        var from = words * 20 < all.Length ? all.Length / 2 : 0;
        for (var i = 0; i < words; i++) all[from + i * (all.Length - from) / words] += "x";
        return string.Join(' ', all);
    }
}
