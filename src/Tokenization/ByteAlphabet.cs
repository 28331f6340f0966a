namespace TurkishLlm.Tokenization;

/// <summary>
/// The 256 printable characters that represent bytes in <c>tokenizer.json</c>: the visible Latin-1 characters represent
/// themselves, the other bytes are mapped to U+0100 and up, in order.
/// </summary>
/// <remarks>Source: Radford et al. 2019 (GPT-2), <c>bytes_to_unicode</c>.</remarks>
internal static class ByteAlphabet
{
    private static readonly char[] Characters = CreateTable();

    private static readonly Dictionary<char, byte> Bytes =
        Characters.Select((c, b) => (c, b)).ToDictionary(pair => pair.c, pair => (byte)pair.b);

    /// <summary>Converts bytes to their printable spelling.</summary>
    public static string Encode(ReadOnlySpan<byte> bytes)
    {
        Span<char> spelling = bytes.Length <= 256 ? stackalloc char[bytes.Length] : new char[bytes.Length];
        for (var i = 0; i < bytes.Length; i++) spelling[i] = Characters[bytes[i]];
        return new string(spelling);
    }

    /// <summary>Converts a spelling back to bytes. Returns false if a character represents no byte.</summary>
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
