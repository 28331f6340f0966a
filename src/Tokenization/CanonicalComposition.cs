using System.Collections.Frozen;
using System.Globalization;
using System.Text;
using TurkishLlm.Files;

namespace TurkishLlm.Tokenization;

/// <summary>Canonical decomposition, ordering and composition of Unicode Standard Annex 15, using an embedded table.</summary>
internal static class CanonicalComposition
{
    private const int HangulSyllable = 0xAC00, HangulLead = 0x1100, HangulVowel = 0x1161, HangulTail = 0x11A7;
    private const int Leads = 19, Vowels = 21, Tails = 28;

    private static readonly Table Data = Table.Read();

    /// <summary>
    /// Returns true only if the text is in form C for certain: no character is excluded from composition, is a mark or composes
    /// with the preceding one. False is inconclusive.
    /// </summary>
    public static bool PassesQuickCheck(ReadOnlySpan<char> text)
    {
        foreach (var c in text)
            if (Data.MayChange[c]) return false;
        return true;
    }

    /// <summary>Converts a text to form C. A lone surrogate is copied unchanged and composes with nothing.</summary>
    public static string Compose(string text)
    {
        var characters = new List<int>(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            var pair = char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]);
            Decompose(pair ? char.ConvertToUtf32(text[i], text[++i]) : text[i], characters);
        }
        ReorderMarks(characters);
        ComposePairs(characters);

        var result = new StringBuilder(text.Length);
        foreach (var c in characters)
            if (c < 0x10000) result.Append((char)c);
            else result.Append(char.ConvertFromUtf32(c));
        return result.ToString();
    }

    private static void Decompose(int c, List<int> into)
    {
        var syllable = c - HangulSyllable;
        if (syllable is >= 0 and < Leads * Vowels * Tails)
        {
            into.Add(HangulLead + syllable / (Vowels * Tails));
            into.Add(HangulVowel + syllable % (Vowels * Tails) / Tails);
            if (syllable % Tails != 0) into.Add(HangulTail + syllable % Tails);
        }
        else if (Data.Decompositions.TryGetValue(c, out var parts))
        {
            foreach (var part in parts) Decompose(part, into);
        }
        else into.Add(c);
    }

    // Sorts the marks between two characters of class 0 by class; marks of equal class keep their order.
    private static void ReorderMarks(List<int> characters)
    {
        for (var start = 0; start < characters.Count; start++)
        {
            if (GetCombiningClass(characters[start]) == 0) continue;
            var end = start;
            while (end < characters.Count && GetCombiningClass(characters[end]) != 0) end++;
            var sorted = characters[start..end].OrderBy(GetCombiningClass).ToList();
            for (var i = 0; i < sorted.Count; i++) characters[start + i] = sorted[i];
            start = end;
        }
    }

    private static void ComposePairs(List<int> characters)
    {
        var (kept, starter, previousClass) = (0, -1, -1);
        foreach (var c in characters.ToArray())
        {
            var mark = GetCombiningClass(c);
            var blocked = previousClass >= mark && previousClass >= 0;
            if (starter >= 0 && !blocked && ComposePair(characters[starter], c) is { } joined)
            {
                characters[starter] = joined;
                continue;
            }
            if (mark == 0) (starter, previousClass) = (kept, -1);
            else previousClass = mark;
            characters[kept++] = c;
        }
        characters.RemoveRange(kept, characters.Count - kept);
    }

    private static int? ComposePair(int first, int second)
    {
        var (lead, vowel, tail) = (first - HangulLead, second - HangulVowel, second - HangulTail);
        if (lead is >= 0 and < Leads && vowel is >= 0 and < Vowels) return HangulSyllable + (lead * Vowels + vowel) * Tails;
        var syllable = first - HangulSyllable;
        if (syllable is >= 0 and < Leads * Vowels * Tails && syllable % Tails == 0 && tail is > 0 and < Tails)
            return first + tail;
        return Data.Compositions.TryGetValue((first, second), out var composed) ? composed : null;
    }

    private static int GetCombiningClass(int c) => Data.Classes.TryGetValue(c, out var value) ? value : 0;

    private sealed record Table(
        FrozenDictionary<int, int> Classes,
        FrozenDictionary<int, int[]> Decompositions,
        FrozenDictionary<(int, int), int> Compositions,
        bool[] MayChange)
    {
        public static Table Read()
        {
            var (classes, decompositions, compositions) = (
                new Dictionary<int, int>(), new Dictionary<int, int[]>(),
                new Dictionary<(int, int), int>());
            var mayChange = new bool[0x10000];
            using var stream = typeof(CanonicalComposition).Assembly.GetManifestResourceStream("CanonicalData.txt")!;
            using var reader = TextFile.OpenText(stream, "CanonicalData.txt");
            while (reader.ReadLine() is { } line)
            {
                var fields = line.Split(' ');
                switch (fields[0])
                {
                    case "c":
                        for (var c = ParseHex(fields[1]); c <= ParseHex(fields[2]); c++)
                            classes.Add(c, int.Parse(fields[3], CultureInfo.InvariantCulture));
                        break;
                    case "p":
                        decompositions.Add(ParseHex(fields[1]), [ParseHex(fields[2]), ParseHex(fields[3])]);
                        compositions.Add((ParseHex(fields[2]), ParseHex(fields[3])), ParseHex(fields[1]));
                        break;
                    case "d":
                        decompositions.Add(ParseHex(fields[1]), [.. fields[2..].Select(ParseHex)]);
                        Mark(ParseHex(fields[1]));
                        break;
                }
            }
            foreach (var c in classes.Keys) Mark(c);
            foreach (var (_, second) in compositions.Keys) Mark(second);
            Array.Fill(mayChange, true, HangulVowel, Vowels);
            Array.Fill(mayChange, true, HangulTail, Tails);
            return new(
                classes.ToFrozenDictionary(), decompositions.ToFrozenDictionary(), compositions.ToFrozenDictionary(), mayChange);

            // Above U+FFFF, the high surrogate represents all of its characters.
            void Mark(int c) => mayChange[c < 0x10000 ? c : char.ConvertFromUtf32(c)[0]] = true;
        }

        private static int ParseHex(string hexadecimal) =>
            int.Parse(hexadecimal, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
    }
}
