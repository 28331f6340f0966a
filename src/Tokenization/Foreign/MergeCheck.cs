namespace TurkishLlm.Tokenization.Foreign;

/// <summary>Whether merges give the ids that a file with <c>ignore_merges</c> intends.</summary>
internal sealed class MergeCheck
{
    private readonly Dictionary<string, int> _ids;
    private readonly IReadOnlyList<(string Left, string Right)> _merges;
    private readonly Dictionary<(string, string), int> _ranks;

    /// <param name="merges">The merges in their order; all their tokens have ids.</param>
    /// <param name="ids">The ids of all tokens but added ones.</param>
    public MergeCheck(IReadOnlyList<(string Left, string Right)> merges, Dictionary<string, int> ids)
    {
        (_merges, _ids) = (merges, ids);
        _ranks = [];
        foreach (var (rank, merge) in merges.Index()) _ranks.TryAdd(merge, rank);
    }

    /// <summary>Returns true if each token is what its bytes merge to, so that looking it up first changes nothing.</summary>
    public bool MakesEveryToken() => _ids.Keys.All(token => Merge(token) is [_]);

    /// <summary>
    /// Returns true if every pair of tokens that together spell a token is a merge, and merges are in the order of the ids
    /// they make, so that merging by the id of the result is the same.
    /// </summary>
    public bool IsByRank()
    {
        for (var i = 1; i < _merges.Count; i++)
            if (_ids[_merges[i - 1].Left + _merges[i - 1].Right] > _ids[_merges[i].Left + _merges[i].Right]) return false;
        return _ids.Keys.All(token => Enumerable.Range(1, Math.Max(0, token.Length - 1)).All(at =>
            !_ids.ContainsKey(token[..at]) || !_ids.ContainsKey(token[at..]) || _ranks.ContainsKey((token[..at], token[at..]))));
    }

    private List<string> Merge(string token)
    {
        List<string> parts = [.. token.Select(c => c.ToString())];
        while (parts.Count > 1)
        {
            var at = Enumerable.Range(0, parts.Count - 1).MinBy(i => GetRank(parts[i], parts[i + 1]));
            if (GetRank(parts[at], parts[at + 1]) == int.MaxValue) break;
            parts[at] += parts[at + 1];
            parts.RemoveAt(at + 1);
        }
        return parts;
    }

    private int GetRank(string left, string right) => _ranks.GetValueOrDefault((left, right), int.MaxValue);
}
