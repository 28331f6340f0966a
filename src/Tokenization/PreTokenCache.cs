using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace TurkishLlm.Tokenization;

/// <summary>
/// A cache of the ids of recent short pre-tokens. Its size is fixed: a new pre-token replaces the one in its slot. An entry has
/// the size of a CPU cache line, so a hit costs one memory access. Not thread-safe.
/// </summary>
internal sealed class PreTokenCache
{
    /// <summary>Length of the longest pre-token that is cached, in characters.</summary>
    public const int MaxPreTokenLength = 22;

    /// <summary>Maximum number of ids of a cached pre-token.</summary>
    public const int MaxIds = 9;

    private const int Bits = 17;
    private readonly Entry[] _entries = new Entry[1 << Bits];

    /// <summary>Returns the ids of a pre-token, or an empty span if it is not cached.</summary>
    public ReadOnlySpan<ushort> Find(ReadOnlySpan<char> preToken)
    {
        if (preToken.Length > MaxPreTokenLength) return [];
        ref var entry = ref _entries[GetSlot(preToken)];
        return preToken.SequenceEqual(entry.PreToken[..entry.Length]) ? entry.Ids[..entry.Count] : [];
    }

    /// <summary>Caches the ids of a pre-token unless it is too long.</summary>
    public void Add(ReadOnlySpan<char> preToken, ReadOnlySpan<ushort> ids)
    {
        if (preToken.Length > MaxPreTokenLength || ids.Length > MaxIds) return;
        ref var entry = ref _entries[GetSlot(preToken)];
        (entry.Length, entry.Count) = ((byte)preToken.Length, (byte)ids.Length);
        preToken.CopyTo(entry.PreToken);
        ids.CopyTo(entry.Ids);
    }

    private static int GetSlot(ReadOnlySpan<char> preToken) => (int)(PreTokenHash.Compute(preToken) >> (64 - Bits));

    private struct Entry
    {
        public byte Length, Count;
        public Characters PreToken;
        public Tokens Ids;
    }

    [InlineArray(MaxPreTokenLength)]
    private struct Characters
    {
        private char _first;
    }

    [InlineArray(MaxIds)]
    private struct Tokens
    {
        private ushort _first;
    }
}
