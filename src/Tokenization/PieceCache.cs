using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace TurkishLlm.Tokenization;

/// <summary>
/// Remembers the ids of short pieces seen lately. Its size is fixed: a new piece takes the slot of the old one. An entry is
/// as large as a line of the processor's cache, so what is remembered costs one access to memory. For one thread at a time.
/// </summary>
internal sealed class PieceCache
{
    /// <summary>Longest piece, in characters, that is remembered.</summary>
    public const int LongestPiece = 22;

    /// <summary>Most ids of a piece that is remembered.</summary>
    public const int MostIds = 9;

    private const int Bits = 17;
    private readonly Entry[] _entries = new Entry[1 << Bits];

    /// <summary>The ids of a piece; none when it is not remembered.</summary>
    public ReadOnlySpan<ushort> Find(ReadOnlySpan<char> piece)
    {
        if (piece.Length > LongestPiece) return [];
        ref var entry = ref _entries[Slot(piece)];
        return piece.SequenceEqual(entry.Piece[..entry.Length]) ? entry.Ids[..entry.Count] : [];
    }

    /// <summary>Remembers a piece, unless it is too long.</summary>
    public void Keep(ReadOnlySpan<char> piece, ReadOnlySpan<ushort> ids)
    {
        if (piece.Length > LongestPiece || ids.Length > MostIds) return;
        ref var entry = ref _entries[Slot(piece)];
        (entry.Length, entry.Count) = ((byte)piece.Length, (byte)ids.Length);
        piece.CopyTo(entry.Piece);
        ids.CopyTo(entry.Ids);
    }

    private static int Slot(ReadOnlySpan<char> piece) => (int)(PieceHash.Of(piece) >> (64 - Bits));

    private struct Entry
    {
        public byte Length, Count;
        public Characters Piece;
        public Tokens Ids;
    }

    [InlineArray(LongestPiece)]
    private struct Characters
    {
        private char _first;
    }

    [InlineArray(MostIds)]
    private struct Tokens
    {
        private ushort _first;
    }
}
