using System.Runtime.InteropServices;

namespace TurkishLlm.Tokenization;

/// <summary>
/// Remembers the ids of pieces seen lately. Its size is fixed: a new piece takes the slot of the old one.
/// Any number of threads may use it; entries never change, and a slot is exchanged in one write.
/// </summary>
internal sealed class PieceCache
{
    /// <summary>Longest piece, in characters, that is remembered.</summary>
    public const int LongestPiece = 48;

    private const int Bits = 16;
    private readonly Entry?[] _slots = new Entry?[1 << Bits];

    /// <summary>The ids of a piece, or null when it is not remembered.</summary>
    public ushort[]? Find(ReadOnlySpan<char> piece)
    {
        var entry = Volatile.Read(ref _slots[Slot(piece)]);
        return entry is not null && piece.SequenceEqual(entry.Piece) ? entry.Ids : null;
    }

    /// <summary>Remembers a piece.</summary>
    public ushort[] Keep(ReadOnlySpan<char> piece, ReadOnlySpan<int> ids)
    {
        var narrow = new ushort[ids.Length];
        for (var i = 0; i < ids.Length; i++) narrow[i] = (ushort)ids[i];
        Volatile.Write(ref _slots[Slot(piece)], new Entry(piece.ToArray(), narrow));
        return narrow;
    }

    private static int Slot(ReadOnlySpan<char> piece)
    {
        const ulong factor = 0x9E3779B97F4A7C15;
        var hash = (ulong)piece.Length;
        while (piece.Length >= 4)
        {
            hash = (hash ^ MemoryMarshal.Read<ulong>(MemoryMarshal.AsBytes(piece))) * factor;
            hash ^= hash >> 32;
            piece = piece[4..];
        }
        foreach (var c in piece) hash = (hash ^ c) * factor;
        return (int)(hash >> (64 - Bits));
    }

    private sealed class Entry(char[] piece, ushort[] ids)
    {
        public char[] Piece => piece;

        public ushort[] Ids => ids;
    }
}
