using System.Runtime.InteropServices;

namespace TurkishLlm.Tokenization;

/// <summary>A hash of a pre-token for hash tables in memory. The upper bits are the best mixed. It is never stored.</summary>
internal static class PreTokenHash
{
    private const ulong Factor = 0x9E3779B97F4A7C15;

    public static ulong Compute(ReadOnlySpan<char> preToken)
    {
        var hash = (ulong)preToken.Length;
        if (preToken.Length < 4)
        {
            foreach (var c in preToken) hash = hash << 16 ^ c;
            return Mix(hash * Factor);
        }
        var bytes = MemoryMarshal.AsBytes(preToken);
        for (var rest = bytes; rest.Length > 8; rest = rest[8..]) hash = Mix((hash ^ MemoryMarshal.Read<ulong>(rest)) * Factor);
        return Mix((hash ^ MemoryMarshal.Read<ulong>(bytes[^8..])) * Factor);
    }

    private static ulong Mix(ulong hash) => (hash ^ hash >> 32) * Factor;
}
