namespace TurkishLlm.Tokenization;

/// <summary>
/// The 256 printable characters that stand for bytes in <c>tokenizer.json</c>: Latin-1's visible characters for themselves,
/// the others from U+0100 on, in order.
/// </summary>
/// <remarks>Source: Radford et al. 2019 (GPT-2), <c>bytes_to_unicode</c>.</remarks>
internal static class ByteAlphabet
{
    private static readonly char[] Characters = CreateTable();

    private static readonly Dictionary<char, byte> Bytes =
        Characters.Select((c, b) => (c, b)).ToDictionary(pair => pair.c, pair => (byte)pair.b);

    /// <summary>The spelling of some bytes.</summary>
    public static string Encode(ReadOnlySpan<byte> bytes)
    {
        Span<char> spelling = bytes.Length <= 256 ? stackalloc char[bytes.Length] : new char[bytes.Length];
        for (var i = 0; i < bytes.Length; i++) spelling[i] = Characters[bytes[i]];
        return new string(spelling);
    }

    /// <summary>The bytes of a spelling; false when a character stands for no byte.</summary>
    public static bool TryDecode(string spelling, out byte[] bytes)
    {
        bytes = new byte[spelling.Length];
        for (var i = 0; i < spelling.Length; i++)
            if (!Bytes.TryGetValue(spelling[i], out bytes[i])) return false;
        return true;
    }

    private static char[] CreateTable()
    {
        var characters = new char[256];
        var next = '\u0100';
        for (var b = 0; b < 256; b++)
            characters[b] = b is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF) ? (char)b : next++;
        return characters;
    }
}
