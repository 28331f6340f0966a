namespace TurkishLlm.Spec.Oracles;

/// <summary>GPT-2's characters of the 256 bytes, computed as its program does.</summary>
/// <remarks>Source: Radford et al. 2019 (GPT-2), <c>bytes_to_unicode</c>.</remarks>
public static class ByteSpelling
{
    private static readonly char[] Characters = Create();

    /// <summary>Spells bytes.</summary>
    public static string Spell(ReadOnlySpan<byte> bytes) => string.Concat(bytes.ToArray().Select(value => Characters[value]));

    /// <summary>Returns the bytes of a spelling.</summary>
    public static byte[] Read(string spelling) => [.. spelling.Select(c => (byte)Array.IndexOf(Characters, c))];

    private static char[] Create()
    {
        int[] visible = [.. Enumerable.Range(33, 94), .. Enumerable.Range(161, 12), .. Enumerable.Range(174, 82)];
        var (characters, added) = (new char[256], 0);
        for (var b = 0; b < 256; b++) characters[b] = (char)(visible.Contains(b) ? b : 256 + added++);
        return characters;
    }
}
