using System.Runtime.InteropServices;
using TurkishLlm.Data.Batches;
using TurkishLlm.Data.Corpus;

namespace TurkishLlm.Data.RowChecks;

/// <summary>Finds the earlier questions that a question matches, and groups questions that are connected by matches.</summary>
/// <remarks>
/// Candidates agree in a band of six positions of their MinHash signatures and in their setting: system prompt, contexts, numbers
/// and codes. Questions of trigram similarity s are compared with a probability of 1 − (1 − s⁶)²¹ (0.998 at 0.8, 0.9999 at 0.85);
/// the decision itself is exact. Of a group, the first eight wordings are compared with later questions, and of a band at most
/// 256 candidates, so time does not grow with the square of repeated rows. Memory: 120 bytes per wording.
/// </remarks>
internal sealed class QuestionIndex(IReadOnlyList<CheckedRow> rows, double similarity)
{
    private const int BandLength = 6, Bands = MinHash.SignatureLength / BandLength, MaxCandidates = 256, MaxWordings = 8;

    // Estimates of pairs at the limit are lower than this with a probability below 0.001.
    private const double Slack = 0.14;

    private readonly Dictionary<UInt128, int> _firstWithWords = [];
    private readonly List<int> _groups = [];         // of each row, an earlier row of its group, or itself
    private readonly Dictionary<int, int> _wordings = [];      // number of indexed rows by group
    private readonly List<int> _indexed = [];        // rows
    private readonly List<int> _next = [];           // of each indexed row and band, the entry before it in the same bucket
    private int[] _buckets = CreateBuckets(1 << 16);

    /// <summary>Returns the first row of the group of a row.</summary>
    public int FindGroup(int row)
    {
        while (_groups[row] != row) row = _groups[row] = _groups[_groups[row]];
        return row;
    }

    /// <summary>Returns the indexed rows that a row matches. Thread-safe as long as nothing is added.</summary>
    /// <param name="row">Index of the row.</param>
    /// <param name="from">First row to compare with.</param>
    public IReadOnlyList<int> FindMatches(int row, int from = 0)
    {
        var self = rows[row];
        if (self.IsTokens) return [];
        if (_firstWithWords.TryGetValue(self.QuestionKey, out var equal)) return equal >= from ? [equal] : [];
        var (candidates, question) = (new SortedSet<int>(), (ComparedQuestion?)null);
        for (var band = 0; band < Bands; band++) AddCandidates(self, band, from, candidates);
        return [.. candidates.Where(other => (question ??= new(self.Question)).Matches(new(rows[other].Question), similarity))];
    }

    /// <summary>Adds the next row, with the rows that it matches.</summary>
    public void Add(int row, IEnumerable<int> matches)
    {
        _groups.Add(row);
        foreach (var match in matches) Union(row, match);
        if (rows[row].IsTokens || !_firstWithWords.TryAdd(rows[row].QuestionKey, row)) return;
        ref var wordings = ref CollectionsMarshal.GetValueRefOrAddDefault(_wordings, FindGroup(row), out _);
        if (wordings++ < MaxWordings) Index(row);
    }

    private void AddCandidates(CheckedRow self, int band, int from, SortedSet<int> candidates)
    {
        var key = GetKey(self, band);
        var (entry, compared) = (_buckets[key & (ulong)(_buckets.Length - 1)], 0);
        for (; entry >= 0 && compared < MaxCandidates; entry = _next[entry])
        {
            var row = _indexed[entry / Bands];
            if (row < from) return;      // later rows come first
            var other = rows[row];
            if (entry % Bands != band || other.Setting != self.Setting || GetKey(other, band) != key) continue;
            compared++;
            if (MinHash.EstimateSimilarity(self.Signature, other.Signature) >= similarity - Slack) candidates.Add(row);
        }
    }

    private void Union(int a, int b)
    {
        var (first, second) = (Math.Min(FindGroup(a), FindGroup(b)), Math.Max(FindGroup(a), FindGroup(b)));
        if (first == second) return;
        _groups[second] = first;
        if (_wordings.Remove(second, out var count)) _wordings[first] = _wordings.GetValueOrDefault(first) + count;
    }

    private void Index(int row)
    {
        if (_next.Count + Bands > _buckets.Length) Grow();
        _indexed.Add(row);
        for (var band = 0; band < Bands; band++) _next.Add(Link(_indexed.Count - 1, band));
    }

    // Returns the entry that was the first of the bucket.
    private int Link(int number, int band)
    {
        ref var bucket = ref _buckets[GetKey(rows[_indexed[number]], band) & (ulong)(_buckets.Length - 1)];
        var before = bucket;
        bucket = number * Bands + band;
        return before;
    }

    private void Grow()
    {
        _buckets = CreateBuckets(2 * _buckets.Length);
        for (var entry = 0; entry < _next.Count; entry++) _next[entry] = Link(entry / Bands, entry % Bands);
    }

    private static ulong GetKey(CheckedRow row, int band)
    {
        var key = row.Setting + (ulong)band;
        foreach (var part in row.Signature.AsSpan(band * BandLength, BandLength)) key = SplitMix64.Mix(key ^ part);
        return key;
    }

    private static int[] CreateBuckets(int count)
    {
        var buckets = new int[count];
        Array.Fill(buckets, -1);
        return buckets;
    }
}
