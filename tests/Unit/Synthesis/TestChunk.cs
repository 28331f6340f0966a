using System.Globalization;
using TurkishLlm.Synthesis.Chunks;
using TurkishLlm.Synthesis.Documentation;

namespace TurkishLlm.Tests.Unit.Synthesis;

/// <summary>Creates chunks that say where a thing is.</summary>
internal static class TestChunk
{
    /// <summary>Creates a chunk of a document of its own.</summary>
    public static Chunk Create(int number, string language = "tr", int tokens = 30) =>
        Create(string.Create(CultureInfo.InvariantCulture, $"{language}/depo/raf{number}.html"), number, tokens);

    /// <summary>Creates a chunk of a document, which begins with the language and the module.</summary>
    public static Chunk Create(string document, int number, int tokens = 30, int offset = 0)
    {
        var folders = document.Split('/');
        var text = string.Create(CultureInfo.InvariantCulture, $"## Raf\n\n{Fact(number)}");
        return new(
            string.Create(CultureInfo.InvariantCulture, $"{Path.ChangeExtension(document, null)}#b{number}"),
            folders[1], "Raf", $"Telbis > {folders[1]} > Raf", folders[0], tokens, false, false, [], text)
        {
            Document = document,
            ModuleKey = folders[1],
            Submodule = "raf",
            Level = PageLevel.Detail,
            Depth = 2,
            Offset = offset,
            Length = text.Length,
        };
    }

    /// <summary>Returns what the chunk of a number says.</summary>
    public static string Fact(int number) =>
        string.Create(CultureInfo.InvariantCulture, $"Raf numarası {1000 + number} olan yerde {Thing(number)} durur.");

    /// <summary>Returns a question that only the chunk of a number answers.</summary>
    public static string Question(int number) => $"{Thing(number)} nerede bekler?";

    // Words without a common beginning.
    private static string Thing(int number)
    {
        const string consonants = "bçdfgklmnprsştvyz", vowels = "aeıioöuü";
        var (a, b) = (consonants[number % 17], vowels[number / 17 % 8]);
        return $"{a}{b}{consonants[(number * 7 + 3) % 17]}{vowels[number % 8]}{consonants[(number * 5 + 1) % 17]}ak";
    }
}
