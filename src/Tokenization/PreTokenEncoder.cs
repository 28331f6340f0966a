using System.Text;

namespace TurkishLlm.Tokenization;

/// <summary>
/// Encodes pre-tokens: starts with the UTF-8 bytes and repeatedly applies the merge that was learned first, leftmost first, until
/// no merge applies. Caches recent results. Not thread-safe.
/// </summary>
/// <remarks>
/// Short pre-tokens are scanned again after each merge; long ones keep their candidates in a heap, so a megabyte of one letter
/// takes O(n log n). Both give the same ids. Spec: TOK-11, TOK-42.
/// </remarks>
/// <param name="merges">The merges.</param>
/// <param name="wholeTokens">Tokens that a whole pre-token becomes without merging; null if merges decide.</param>
internal sealed class PreTokenEncoder(MergeTable merges, WholeTokens? wholeTokens)
{
    /// <summary>Length of the longest pre-token that is merged by scanning, in bytes.</summary>
    public const int MaxScanLength = 64;

    private const int ScratchSize = 256;

    private readonly PreTokenCache _cache = new();
    private readonly byte[] _bytes = new byte[ScratchSize];
    private readonly int[] _tokens = new int[ScratchSize];
    private readonly ushort[] _ids = new ushort[ScratchSize];

    /// <summary>Encodes a pre-token.</summary>
    /// <param name="preToken">A pre-token of the split rule. A lone surrogate is encoded as U+FFFD.</param>
    /// <returns>The ids; valid until the next call.</returns>
    public ReadOnlySpan<ushort> Encode(ReadOnlySpan<char> preToken)
    {
        var known = _cache.Find(preToken);
        if (!known.IsEmpty) return known;
        var ids = Merge(preToken);
        _cache.Add(preToken, ids);
        return ids;
    }

    private ReadOnlySpan<ushort> Merge(ReadOnlySpan<char> preToken)
    {
        var maxLength = checked(preToken.Length * 3);
        var (bytes, tokens, ids) =
            maxLength <= ScratchSize ? (_bytes, _tokens, _ids) : (new byte[maxLength], new int[maxLength], new ushort[maxLength]);
        var length = Encoding.UTF8.GetBytes(preToken, bytes);
        if (wholeTokens?.Find(bytes.AsSpan(0, length)) is { } whole)
        {
            ids[0] = (ushort)whole;
            return ids.AsSpan(0, 1);
        }
        for (var i = 0; i < length; i++) tokens[i] = VocabularyLayout.FirstByte + bytes[i];

        var count = length <= MaxScanLength ? MergeByScanning(tokens.AsSpan(0, length)) : MergeByHeap(tokens.AsSpan(0, length));
        for (var i = 0; i < count; i++) ids[i] = (ushort)tokens[i];
        return ids.AsSpan(0, count);
    }

    private int MergeByScanning(Span<int> ids)
    {
        var count = ids.Length;
        Span<int> results = stackalloc int[MaxScanLength];
        for (var i = 0; i + 1 < count; i++) results[i] = merges.Find(ids[i], ids[i + 1]);

        while (count > 1)
        {
            var (at, earliest) = (0, MergeTable.NoMerge);
            for (var i = 0; i + 1 < count; i++)
                if (results[i] < earliest) (at, earliest) = (i, results[i]);
            if (earliest == MergeTable.NoMerge) break;

            ids[at] = earliest;
            ids[(at + 2)..count].CopyTo(ids[(at + 1)..]);
            if (at + 2 < count) results[(at + 2)..count].CopyTo(results[(at + 1)..]);
            count--;
            if (at > 0) results[at - 1] = merges.Find(ids[at - 1], earliest);
            if (at + 1 < count) results[at] = merges.Find(earliest, ids[at + 1]);
        }
        return count;
    }

    private int MergeByHeap(Span<int> ids)
    {
        const int removed = -1;
        var count = ids.Length;
        var (before, after) = (new int[count], new int[count]);
        var candidates = new PriorityQueue<int, long>(count);
        for (var i = 0; i < count; i++)
        {
            (before[i], after[i]) = (i - 1, i + 1);
            if (i + 1 < count) Offer(ids, i, i + 1);
        }

        while (candidates.TryDequeue(out var at, out var priority))
        {
            var result = (int)(priority >> 32);
            var next = ids[at] == removed ? count : after[at];
            if (next == count || merges.Find(ids[at], ids[next]) != result) continue;

            ids[at] = result;
            ids[next] = removed;
            after[at] = after[next];
            if (after[at] < count)
            {
                before[after[at]] = at;
                Offer(ids, at, after[at]);
            }
            if (before[at] >= 0) Offer(ids, before[at], at);
        }

        var kept = 0;
        for (var i = 0; i < count; i = after[i]) ids[kept++] = ids[i];
        return kept;

        void Offer(Span<int> ids, int left, int right)
        {
            var result = merges.Find(ids[left], ids[right]);
            if (result != MergeTable.NoMerge) candidates.Enqueue(left, (long)result << 32 | (uint)left);
        }
    }
}
