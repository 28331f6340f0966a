namespace TurkishLlm.Model.Formats.PyTorch;

/// <summary>A dictionary of a pickle, in the order it was filled.</summary>
internal sealed class PickleDictionary
{
    private readonly Dictionary<string, object?> _byText = new(StringComparer.Ordinal);

    /// <summary>Number of entries, whatever their keys are.</summary>
    public int Count { get; private set; }

    /// <summary>The entries whose key is text, in order.</summary>
    public IReadOnlyDictionary<string, object?> StringEntries => _byText;

    /// <summary>Adds an entry; only those under text can be asked for.</summary>
    /// <returns>False when there is an entry under that text.</returns>
    public bool TryAdd(object? key, object? value)
    {
        Count++;
        return key is not string text || _byText.TryAdd(text, value);
    }
}
