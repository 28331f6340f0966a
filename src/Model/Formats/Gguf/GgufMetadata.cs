using TurkishLlm.Files;

namespace TurkishLlm.Model.Formats.Gguf;

/// <summary>
/// The metadata of a GGUF file: values by key, in order. A value is a number, a <c>bool</c>, a <c>string</c>, or an array of
/// these; its .NET type is the type in the file.
/// </summary>
/// <example>
/// <code>
/// metadata.Add("refact.block_count", 12u);
/// var layers = metadata.Get&lt;uint&gt;("refact.block_count");
/// </code>
/// </example>
/// <param name="file">Name of the file for error messages.</param>
public sealed class GgufMetadata(string file)
{
    private readonly OrderedDictionary<string, object> _values = new(StringComparer.Ordinal);

    /// <summary>The keys, in the order of the file.</summary>
    public IEnumerable<string> Keys => _values.Keys;

    internal IEnumerable<KeyValuePair<string, object>> Values => _values;

    /// <summary>Returns true if there is a value with this key.</summary>
    public bool Contains(string key) => _values.ContainsKey(key);

    /// <summary>Adds a value.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">A number, a <c>bool</c>, a <c>string</c>, or an array of these.</param>
    /// <exception cref="ArgumentException">The key exists already, or the format has no such type.</exception>
    public void Add<T>(string key, T value)
        where T : notnull
    {
        if (GgufValue.GetType(value.GetType()) is null)
            throw new ArgumentException($"GGUF has no values of type {value.GetType().Name}.", nameof(value));
        if (!_values.TryAdd(key, value)) throw new ArgumentException($"The key \"{key}\" exists already.", nameof(key));
    }

    /// <summary>Returns a value.</summary>
    /// <exception cref="InvalidDataException">The key is missing, or its value has another type.</exception>
    public T Get<T>(string key) => As<T>(key, Get(key));

    /// <summary>Returns a value of any type.</summary>
    /// <exception cref="InvalidDataException">The key is missing.</exception>
    public object Get(string key) =>
        _values.TryGetValue(key, out var value) ? value : throw new InvalidDataException($"{file} lacks the key {key}.");

    /// <summary>Returns a value, or the default if the key is missing.</summary>
    /// <exception cref="InvalidDataException">The value has another type.</exception>
    public T? GetOrDefault<T>(string key, T? otherwise = default) =>
        _values.TryGetValue(key, out var value) ? As<T>(key, value) : otherwise;

    private T As<T>(string key, object value) => value is T typed && value.GetType() == typeof(T)
        ? typed
        : throw new InvalidDataException(
            $"{file}: {Excerpt.Of(key)} is of type {GgufValue.Describe(value.GetType())}; it must be "
                + $"{GgufValue.Describe(typeof(T))}.");
}
