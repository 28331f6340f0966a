using System.Text;

namespace TurkishLlm.Spec.Oracles;

/// <summary>
/// Which characters the tokens of a text cover, by tables of all bytes: byte by byte, the character that it belongs to.
/// </summary>
public static class TokenSpanOracle
{
    /// <summary>Returns the characters that each token covers at least partly, as start and end.</summary>
    /// <param name="text">The text. A lone surrogate has the three bytes of U+FFFD.</param>
    /// <param name="lengths">Length of each token in bytes; their sum is that of the text.</param>
    public static List<(int Start, int End)> GetOffsets(string text, IEnumerable<int> lengths)
    {
        var (owners, offsets, at) = (GetOwners(text), new List<(int, int)>(), 0);
        foreach (var length in lengths)
        {
            offsets.Add((owners[at].Start, owners[at + length - 1].End));
            at += length;
        }
        return offsets;
    }

    /// <summary>
    /// Returns the end of the longest prefix of whole characters with at most a number of tokens, and their number.
    /// </summary>
    public static (int Index, int Count) FindIndex(string text, IReadOnlyList<int> lengths, int maxTokenCount)
    {
        var ends = GetCharacterEnds(text);
        var count = Math.Min(maxTokenCount, lengths.Count);
        while (!ends.ContainsKey(lengths.Take(count).Sum())) count--;
        return (ends[lengths.Take(count).Sum()], count);
    }

    /// <summary>
    /// Returns the start of the longest suffix of whole characters with at most a number of tokens, and their number.
    /// </summary>
    public static (int Index, int Count) FindIndexFromEnd(string text, IReadOnlyList<int> lengths, int maxTokenCount)
    {
        var ends = GetCharacterEnds(text);
        var count = Math.Min(maxTokenCount, lengths.Count);
        while (!ends.ContainsKey(lengths.SkipLast(count).Sum())) count--;
        return (ends[lengths.SkipLast(count).Sum()], count);
    }

    // For each byte, the character that it belongs to.
    private static List<(int Start, int End)> GetOwners(string text)
    {
        var (owners, at) = (new List<(int, int)>(), 0);
        foreach (var rune in text.EnumerateRunes())
        {
            var end = at + rune.Utf16SequenceLength;
            owners.AddRange(Enumerable.Repeat((at, end), rune.Utf8SequenceLength));
            at = end;
        }
        return owners;
    }

    // The number of characters by the number of bytes, between characters.
    private static Dictionary<int, int> GetCharacterEnds(string text)
    {
        var (ends, bytes, at) = (new Dictionary<int, int> { [0] = 0 }, 0, 0);
        foreach (var rune in text.EnumerateRunes())
            ends[bytes += rune.Utf8SequenceLength] = at += rune.Utf16SequenceLength;
        return ends;
    }
}
