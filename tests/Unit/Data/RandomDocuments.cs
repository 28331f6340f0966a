using System.Globalization;

namespace TurkishLlm.Tests.Unit.Data;

/// <summary>Long documents generated from a seed: any two share words, but no five consecutive ones.</summary>
internal static class RandomDocuments
{
    private static readonly string[] Stems =
    [
        "kablo", "ışık", "şoför", "çiçek", "öğrenci", "ağaç", "fabrika", "yağmur", "güneş", "çarşı", "ölçü", "masa", "kalem",
        "deniz", "köprü", "toprak",
    ];
    private static readonly string[] Suffixes = ["", "lar", "dan", "nın", "a", "la", "sız", "daki"];

    public static string Generate(int seed, int words)
    {
        var random = new Random(seed);
        return string.Join(' ', Enumerable.Range(0, words).Select(_ =>
            Stems[random.Next(Stems.Length)]
            + Suffixes[random.Next(Suffixes.Length)]
            + random.Next(40).ToString(CultureInfo.InvariantCulture)));
    }

    /// <summary>Returns the text with every n-th word replaced.</summary>
    public static string WithChangedWords(string text, int every) =>
        string.Join(' ', text.Split(' ').Select((word, i) => i % every == every / 2 ? "değişti" : word));
}
