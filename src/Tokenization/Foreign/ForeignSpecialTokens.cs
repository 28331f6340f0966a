namespace TurkishLlm.Tokenization.Foreign;

/// <summary>Finds out which special tokens of another program are those of this one.</summary>
public static class ForeignSpecialTokens
{
    /// <summary>Returns the ids there by the ids here.</summary>
    /// <param name="names">The special tokens there by name. Those with a name of this program are taken first.</param>
    /// <param name="declared">
    /// What files say: pairs of an id here and one there, the most reliable first. A token that has several meanings there, such
    /// as the end of text and padding, has the first here.
    /// </param>
    public static Dictionary<int, int> Match(
        IReadOnlyDictionary<string, int> names, IReadOnlyList<(int Own, int Id)> declared)
    {
        ArgumentNullException.ThrowIfNull(names);
        ArgumentNullException.ThrowIfNull(declared);
        var found = new Dictionary<int, int>();
        foreach (var (own, name) in SpecialTokens.Names.Index())
            if (names.TryGetValue(name, out var id)) found.Add(own, id);
        foreach (var (own, id) in declared)
            if (!found.ContainsValue(id)) found.TryAdd(own, id);
        if (found.ContainsKey(SpecialTokens.EndOfText)) return found;
        // The end of a turn, where nothing else ends a text.
        foreach (var (own, id) in declared)
        {
            if (own != SpecialTokens.EndOfText) continue;
            found.Remove(found.First(entry => entry.Value == id).Key);
            found.Add(own, id);
            break;
        }
        return found;
    }
}
