namespace TurkishLlm.Data.FineTuning;

/// <summary>
/// Groups examples that reveal each other's answers: those with the same question and context, and those with the same question
/// and answer. A group is in one split as a whole.
/// </summary>
/// <remarks>
/// A question alone does not form a group, because the same instruction can precede thousands of different texts.
/// </remarks>
internal sealed class SplitGroups
{
    private readonly Dictionary<UInt128, int> _firstWith = [];
    private readonly List<int> _parents = [];

    /// <summary>Adds the next example.</summary>
    public void Add(params ReadOnlySpan<UInt128> keys)
    {
        var self = _parents.Count;
        _parents.Add(self);
        foreach (var key in keys)
            if (!_firstWith.TryAdd(key, self)) Union(self, _firstWith[key]);
    }

    /// <summary>Returns the group of an example, as the index of one of its members.</summary>
    public int Find(int example)
    {
        while (_parents[example] != example) example = _parents[example] = _parents[_parents[example]];
        return example;
    }

    private void Union(int a, int b) => _parents[Math.Max(Find(a), Find(b))] = Math.Min(Find(a), Find(b));
}
