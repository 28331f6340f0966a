using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace TurkishLlm.Tokenization;

/// <summary>
/// Remembers the ids of short pieces seen lately. Its size is fixed: a new piece takes the slot of the old one. An entry is
/// as large as a line of the processor's cache, so what is remembered costs one access to memory. For one thread at a time.
/// </summary>
internal sealed class PreTokenCache
{
    /// <summary>Longest piece, in characters, that is remembered.</summary>
    public const int MaxPreTokenLength = 22;

    /// <summary>Most ids of a piece that is remembered.</summary>
    public const int MaxIds = 9;

    private const int Bits = 17;
    private readonly Entry[] _entries = new Entry[1 << Bits];

    /// <summary>The ids of a piece; none when it is not remembered.</summary>
    public ReadOnlySpan<ushort> Find(ReadOnlySpan<char> preToken)
    {
        if (preToken.Length > MaxPreTokenLength) return [];
        ref var entry = ref _entries[GetSlot(preToken)];
        return preToken.SequenceEqual(entry.PreToken[..entry.Length]) ? entry.Ids[..entry.Count] : [];
    }

    /// <summary>Remembers a piece, unless it is too long.</summary>
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
