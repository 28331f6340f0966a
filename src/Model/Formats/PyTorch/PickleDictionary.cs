namespace TurkishLlm.Model.Formats.PyTorch;

/// <summary>A dictionary of a pickle, in insertion order.</summary>
internal sealed class PickleDictionary
{
    private readonly Dictionary<string, object?> _byText = new(StringComparer.Ordinal);

    /// <summary>Number of entries with keys of any type.</summary>
    public int Count { get; private set; }

    /// <summary>The entries with string keys, in order.</summary>
    public IReadOnlyDictionary<string, object?> StringEntries => _byText;

    /// <summary>Adds an entry; only entries with string keys can be read back.</summary>
    /// <returns>False if there is an entry with that string key.</returns>
    public bool TryAdd(object? key, object? value)
    {
        Count++;
        return key is not string text || _byText.TryAdd(text, value);
    }
}
