namespace TurkishLlm.Data.Conversations;

/// <summary>Counts keys of rows that this program does not know, and therefore ignores.</summary>
public sealed class UnknownKeys
{
    private readonly SortedDictionary<string, (long Rows, long Last)> _keys = new(StringComparer.Ordinal);
    private long _row;

    /// <summary>Number of rows with each key, by name. Keys within a list have its name and brackets before them.</summary>
    public IReadOnlyDictionary<string, long> Rows => _keys.ToDictionary(key => key.Key, key => key.Value.Rows);

    /// <summary>Describes the keys and their numbers of rows; empty for none.</summary>
    public string Description =>
        string.Join(", ", _keys.Select(key => FormattableString.Invariant($"{key.Key} ({key.Value.Rows})")));

    internal void BeginRow() => _row++;

    internal void Add(string key)
    {
        var (rows, last) = _keys.GetValueOrDefault(key, (0, -1));
        if (last != _row) _keys[key] = (rows + 1, _row);
    }
}
